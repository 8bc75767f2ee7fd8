/** Pictures of every page, light and dark, in a folder: `make screenshots`. */

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, visit } from './browser';
import { BINARY, Server } from './server';

const folder = process.argv[2] ?? 'dist/screenshots';
mkdirSync(folder, { recursive: true });

const empty = await Server.start();
const server = await Server.start({ from: 0, knowsPlaces: true });
const simulated = spawnSync(BINARY, ['simulate', '--target', server.door, '--console', server.console, '--past', '48', '--starts', '1'], { stdio: 'inherit' });
if (simulated.status !== 0) throw new Error('there is nothing to take pictures of');

type List = { sessions: { sid: string; session: Record<string, number> }[] };
const list = (await (await fetch(`${server.console}/v1/sessions?close_reason=sessionEnd&limit=500`)).json()) as List;
/** The session in which most happens. */
const score = ({ adCount = 0, chapterCount = 0, errorCount = 0, bufferCount = 0, bitrateChangeCount = 0, pauseCount = 0 }: Record<string, number>) =>
  Math.min(adCount, 3) * 2 + Math.min(chapterCount, 3) + Math.min(errorCount, 1) * 3 + Math.min(bufferCount, 3) + Math.min(bitrateChangeCount, 4) + Math.min(pauseCount, 2);
const richest = [...list.sessions].sort((left, right) => score(right.session) - score(left.session))[0]!;

/** The title that is watched most. */
const asked = await fetch(`${server.console}/v1/reports`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ suite: 'simulated0', range: { last: '24h' }, metrics: ['isViewed'], dimensions: ['name'], filters: [{ dimension: 'isLive', value: 'false' }], limit: 1 }),
});
const title = encodeURIComponent(((await asked.json()) as { rows: { key: string[] }[] }).rows[0]!.key[0]!);

const browser = await launch();
/** Those of which more is to be seen than fits a window. */
const LONG = new Set(['now', 'session', 'title', 'quality', 'ads', 'audience']);
const pages: [string, Server, string, string][] = [
  ['first-run', empty, '/', '.beacon'],
  ['now', server, '/now', 'tbody tr'],
  ['content', server, '/content?compare=previous', 'tbody tr'],
  ['title', server, `/content?title=${title}`, '.bars li'],
  ['quality', server, '/quality', '.large'],
  ['ads', server, '/ads', '.bars li'],
  ['audience', server, '/audience', '.heat'],
  ['explore', server, '/explore?m=isViewed&m=visitors&m=p95(timeToStart)&m=contentCompletionRate&d=channel&d=playerName', 'tbody tr'],
  ['sessions', server, '/sessions', 'tbody tr'],
  ['session', server, `/sessions/${richest.sid}`, '.lanes'],
  ['health', server, '/health', '.finding'],
  ['connect', server, '/connect', '.beacon'],
];
for (const [name, from, path, ready] of pages) {
  for (const dark of [false, true]) {
    for (const phone of [false, true]) {
      const { page, end } = await visit(browser, from.console, path, { dark, phone });
      await page.locator(ready).first().waitFor();
      if (name === 'session') await page.getByRole('button', { name: 'Content time spent' }).click();
      await page.waitForFunction(() => document.querySelector('.spinner') === null);
      // The stream of this page has no end.
      if (name !== 'now') await page.waitForLoadState('networkidle');
      await page.evaluate(() => scrollTo(0, 0));
      const file = join(folder, `${name}-${dark ? 'dark' : 'light'}${phone ? '-phone' : ''}.png`);
      await page.screenshot({ path: file, fullPage: !phone && LONG.has(name) });
      await end();
    }
  }
}
await browser.close();
await server.stop();
await empty.stop();
