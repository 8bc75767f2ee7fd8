/** What the page of now costs while an hour passes before it: `make bench-dashboard`. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { launch, visit } from './browser';
import { BINARY, Player, Server } from './server';

/** Task time of the browser for a second of the page, and growth of its heap in the last forty minutes. */
const SHARE_MAX = 0.05;
const GROWTH_MAX = 1_000_000;

const server = await Server.start({ from: 0, settings: '[log]\nack = "written"\n' });
// With nothing received yet there is another page.
await Player.open(server, Date.now() - 2 * 3_600_000, { 'analytics.reportSuite': 'simulated0' });
const browser = await launch();
const { page, context, end } = await visit(browser, server.console, '/now');
await page.locator('.asof time').waitFor();
await page.evaluate(() => {
  const counter = globalThis as unknown as { frames: number };
  counter.frames = 0;
  new MutationObserver(() => (counter.frames += 1)).observe(document.querySelector('.asof')!, { subtree: true, characterData: true });
});
// Moves the clock of the server through an hour.
const traffic = spawn(BINARY, ['simulate', '--target', server.door, '--console', server.console, '--past', '1', '--starts', '60'], { stdio: ['ignore', 'ignore', 'inherit'] });
const ended = new Promise<number | null>((done) => traffic.once('exit', done));
const cdp = await context.newCDPSession(page);
await cdp.send('Performance.enable');
const heap = async () => {
  await cdp.send('HeapProfiler.collectGarbage');
  return (await cdp.send('Runtime.getHeapUsage')).usedSize;
};
const cost = async () => {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return { task: metrics.find(({ name }) => name === 'TaskDuration')!.value, frames: await page.evaluate(() => (globalThis as unknown as { frames: number }).frames) };
};

// All that is kept of the last minutes is there by then.
const isLate = (to: number) => Date.parse(document.querySelector('.asof time')!.getAttribute('datetime')!) >= to;
await page.waitForFunction(isLate, Date.now() - 40 * 60_000, { timeout: 0 });
const [first, before] = [await cost(), await heap()];
assert.equal(await ended, 0, 'the simulator ended as it should');
const [last, after] = [await cost(), await heap()];
const frames = last.frames - first.frames;
const share = (last.task - first.task) / frames;
console.log(`the page of now, over ${frames} seconds with ${await page.locator('.figures dd').first().innerText()} viewers at the end:`);
console.log(`  ${(100 * share).toFixed(1)} % of a core at one frame a second (at most ${100 * SHARE_MAX} %)`);
console.log(`  heap ${(before / 1e6).toFixed(1)} MB, then ${(after / 1e6).toFixed(1)} MB`);
await end();
await browser.close();
await server.stop();
assert.ok(frames > 100 && share <= SHARE_MAX && after - before <= GROWTH_MAX, 'more than the budget');
