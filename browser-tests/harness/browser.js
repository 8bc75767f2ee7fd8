// Debian's Chromium, one for each test file; each test has a context of its own in it.

import { after, before } from 'node:test';

import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let browser;

before(async () => {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  browser = await chromium.launch({ executablePath, args: FLAGS });
});

after(() => browser?.close());

/** A fresh profile, without cookies. */
export async function openContext(t) {
  const context = await browser.newContext();
  t.after(() => context.close());
  return context;
}
