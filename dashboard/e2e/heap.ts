/** The heap of the pages that ask anew by themselves, over an hour of their clock: `make bench-dashboard`. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { launch, visit } from './browser';
import { BINARY, Server } from './server';

/** Growth from the twentieth minute to the sixtieth, bytes. */
const GROWTH_MAX = 1_000_000;
/** Minutes whose heap is looked at. */
const LOOKED_AT = 8;
const PAGES = ['/content', '/quality', '/ads', '/audience', '/explore', '/sessions', '/health'];

const server = await Server.start({ from: 0, settings: '[log]\nack = "written"\n' });
const simulated = spawnSync(BINARY, ['simulate', '--target', server.door, '--console', server.console, '--past', '1', '--starts', '4'], { stdio: ['ignore', 'ignore', 'inherit'] });
assert.equal(simulated.status, 0, 'the simulator ended as it should');
const browser = await launch();
let worst = 0;
for (const path of PAGES) {
  const { page, context, end } = await visit(browser, server.console, '/connect');
  await page.clock.install();
  let asked = 0;
  page.on('response', () => (asked += 1));
  await page.goto(server.console + path);
  await page.locator('.panel, .finding').first().waitFor();
  await page.waitForLoadState('networkidle');
  const cdp = await context.newCDPSession(page);
  const used = async () => {
    await cdp.send('HeapProfiler.collectGarbage');
    return (await cdp.send('Runtime.getHeapUsage')).usedSize;
  };
  // An answer may be under way at any moment: the least of the last minutes is what is kept.
  const minutes = async (count: number) => {
    let least = Infinity;
    for (let minute = 1; minute <= count; minute += 1) {
      await page.clock.runFor(60_000);
      await page.waitForLoadState('networkidle');
      if (minute > count - LOOKED_AT) least = Math.min(least, await used());
    }
    return least;
  };
  const before = await minutes(20);
  const already = asked;
  const after = await minutes(40);
  worst = Math.max(worst, after - before);
  console.log(`${path}: heap ${(before / 1e6).toFixed(1)} MB after 20 minutes, ${(after / 1e6).toFixed(1)} MB after 60; ${asked - already} answers in between`);
  await end();
}
await browser.close();
await server.stop();
assert.ok(worst <= GROWTH_MAX, 'more than the budget');
