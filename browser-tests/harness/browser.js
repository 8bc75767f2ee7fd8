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

// For a machine that is very busy; nothing is waited for as long otherwise.
const PATIENCE = 120_000;

let browser;

before(async () => {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  browser = await chromium.launch({ executablePath, args: FLAGS, timeout: PATIENCE });
});

after(() => browser?.close());

/** A fresh profile, without cookies; it reaches what `network` knows. */
export async function openContext(t, network) {
  const proxy = network && { server: network.proxy };
  const context = await browser.newContext({ proxy, ignoreHTTPSErrors: true });
  context.setDefaultTimeout(PATIENCE);
  t.after(() => context.close());
  return context;
}
