/** How long the first page takes over a folder of data: `make bench-dashboard DATA=FOLDER`. The clock goes on where it stood there. */

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { launch, visit } from './browser';
import { Server } from './server';

/** From the navigation until everything is drawn, ms. */
const DRAWN_MAX = 1_000;
const ROUNDS = 9;

const server = await Server.start({ from: 0, data: resolve(process.argv[2]!), settings: '[log]\nack = "written"\n' });
const browser = await launch();
const { page, end } = await visit(browser, server.console, '/connect');
// Notes when the page has its figures and rows and waits for nothing more, once that is painted.
await page.addInitScript(() => {
  const noted = globalThis as unknown as { drawnAt?: number; totalsAt?: number };
  const look = () => {
    const isThere = (what: string) => document.querySelector(what) !== null;
    if (noted.totalsAt === undefined && isThere('.figures dd') && isThere('.uplot canvas')) noted.totalsAt = performance.now();
    if (!isThere('.figures dd') || !isThere('tbody tr') || isThere('.spinner')) return;
    observer.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => (noted.drawnAt = performance.now())));
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true });
});
const times: { drawn: number; totals: number }[] = [];
for (let round = 0; round <= ROUNDS; round += 1) {
  await page.goto(`${server.console}/`);
  await page.waitForFunction(() => (globalThis as unknown as { drawnAt?: number }).drawnAt !== undefined, undefined, { timeout: 120_000 });
  times.push(await page.evaluate(() => {
    const { drawnAt, totalsAt } = globalThis as unknown as { drawnAt: number; totalsAt: number };
    return { drawn: drawnAt, totals: totalsAt };
  }));
  if (round === 0) {
    const asked = await page.evaluate(() => performance.getEntriesByType('resource').map((each) => `${Math.round(each.startTime)}–${Math.round(each.startTime + each.duration)} ms ${new URL(each.name).pathname}`));
    console.log(`${await page.locator('.figures').innerText()}\n${asked.join('\n')}`);
  }
}
const [cold, ...warm] = times;
const median = (values: number[]) => values.sort((left, right) => left - right)[Math.floor(values.length / 2)]!;
console.log(`first page over its default range: ${Math.round(median(warm.map(({ drawn }) => drawn)))} ms from the navigation until all of it is drawn, totals and chart after ${Math.round(median(warm.map(({ totals }) => totals)))} ms (median of ${ROUNDS}; the first time ${Math.round(cold!.drawn)} ms)`);
await end();
await browser.close();
await server.stop();
assert.ok(median(warm.map(({ drawn }) => drawn)) <= DRAWN_MAX, 'more than the budget');
