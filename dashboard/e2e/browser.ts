/** A browser whose pages may not complain, and may ask nobody but their own server. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  });
}

export interface Visit {
  page: Page;
  context: BrowserContext;
  /** Fails if the page complained or asked somebody else. */
  end: () => Promise<void>;
}

interface VisitOptions {
  dark?: boolean;
  phone?: boolean;
  /** Statuses of failed requests that are part of the test. */
  expect?: number[];
  /** What is done before the page is asked for. */
  before?: (page: Page) => Promise<void>;
}

export async function visit(browser: Browser, server: string, path: string, options: VisitOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    colorScheme: options.dark ? 'dark' : 'light',
    viewport: options.phone ? { width: 375, height: 740 } : { width: 1280, height: 900 },
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    const isExpected = options.expect?.some((status) =>
      status === 0 ? /net::ERR_/.test(message.text()) : message.text().includes(`status of ${status}`));
    if (['error', 'warning'].includes(message.type()) && !isExpected) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${server}/`)) complaints.push(`asked ${request.url()}`);
  });
  await options.before?.(page);
  await page.goto(server + path);
  const end = async () => {
    assert.deepEqual(complaints, []);
    await context.close();
  };
  return { page, context, end };
}

interface Violation {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

/** Fails if the page is not accessible as far as a machine can tell. */
export async function checkAccessible(page: Page): Promise<void> {
  // The policy of the page keeps scripts in it out, but not those of the debugger.
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } }).axe;
    return (await axe.run()).violations;
  });
  const told = violations.map(({ id, nodes }: Violation) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`);
  assert.deepEqual(told, []);
}

/** Fails if the page is wider than its window. */
export async function checkFits(page: Page): Promise<void> {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content! <= window!, `the page is ${content} px wide in a window of ${window} px`);
}
