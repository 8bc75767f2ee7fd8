import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { checkAccessible, checkFits, launch, visit } from './browser';
import { download, figure, panel, rows } from './read';
import { HOSTILE, watching } from './scenes';
import { NOON, Player, Server } from './server';

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

async function watched(t: TestContext): Promise<Server> {
  const server = await Server.start({ settings: '[suites.shop]\ntime_zone = "Europe/Berlin"\n' });
  t.after(() => server.stop());
  await watching(server);
  return server;
}

const asOf = (page: Page, time: string) => page.getByText(`As of ${time}, server time`).waitFor();
const table = (page: Page, title: string) => rows(page, panel(page, title).locator('table'));

test('the page of now says who watches what, and moves with each second', async (t) => {
  const server = await watched(t);
  const { page, end } = await visit(browser, server.console, '/now');
  await asOf(page, '13:00:20');
  const all = async () => Promise.all(['Active viewers', 'Active sessions', 'Media starts', 'Content starts', 'Start failures', 'Playback failures', 'Buffering'].map((title) => figure(page, title)));
  assert.deepEqual(await all(), ['3', '3', '3', '2', '1', '0', '33 %']);
  await page.getByRole('link', { name: 'The big film' }).waitFor();
  assert.deepEqual(await table(page, 'Content'), [['The big film', '2', '2', '0', '50 %'], ['Clip', '1', '1', '1', '0 %']]);
  assert.deepEqual((await table(page, 'Players')).map(([name, viewers]) => [name, viewers]), [['tv', '2'], ['web', '1']]);
  assert.deepEqual((await table(page, 'Channels')).map(([name, viewers]) => [name, viewers]), [['films', '2'], ['clips', '1']]);

  await Player.open(server, NOON + 20_500, { 'analytics.visitorId': 'viewer-4', 'media.channel': 'news' });
  await server.setClock(NOON + 21_000);
  await asOf(page, '13:00:21');
  assert.deepEqual(await all(), ['4', '4', '4', '2', '1', '0', '25 %']);
  assert.deepEqual((await table(page, 'Channels')).map(([name, viewers]) => [name, viewers]), [['films', '2'], ['clips', '1'], ['news', '1']]);

  // Who is silent for a minute is not there any more.
  await server.setClock(NOON + 120_000);
  await asOf(page, '13:02:00');
  assert.deepEqual(await all(), ['0', '0', '0', '0', '0', '0', '–']);
  await panel(page, 'Content').getByText('Nobody watches right now.').waitFor();
  await end();
});

test('a pause keeps what is looked at', async (t) => {
  const server = await watched(t);
  const { page, end } = await visit(browser, server.console, '/now');
  await asOf(page, '13:00:20');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused as of 13:00:20').waitFor();
  await server.setClock(NOON + 90_000);
  assert.equal(await figure(page, 'Active viewers'), '3');
  await page.getByRole('button', { name: 'Go on' }).click();
  await asOf(page, '13:01:30');
  assert.equal(await figure(page, 'Active viewers'), '0');
  // Another question is not paused.
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('combobox', { name: 'Bots' }).selectOption('Without bots');
  await asOf(page, '13:01:30');
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await end();
});

test('each number is seen second by second, as a chart, a table and a file', async (t) => {
  const server = await watched(t);
  const { page, end } = await visit(browser, server.console, '/now');
  await asOf(page, '13:00:20');
  const chart = page.getByRole('group', { name: /Active viewers of the last minutes/ });
  await chart.focus();
  await page.keyboard.press('End');
  assert.match(await chart.getByRole('status').innerText(), /13:00:19\s+Active viewers\s+3\s+Concurrent viewers\s+\d/);
  await page.getByRole('button', { name: 'Active viewers, second by second as a table' }).click();
  const seconds = async () => table(page, 'Active viewers, second by second');
  assert.deepEqual((await seconds())[0]!.slice(0, 2), ['13:00:19', '3']);
  await server.setClock(NOON + 22_000);
  await asOf(page, '13:00:22');
  assert.equal((await seconds())[0]![0], '13:00:21');
  assert.match(await download(page, 'Active viewers, second by second as CSV'), /^"Time, Europe\/Berlin",Active viewers,Concurrent viewers\r\n13:00:21,3,/);

  await page.getByRole('button', { name: 'Media starts', exact: true }).click();
  await page.getByRole('heading', { name: 'Media starts, second by second' }).waitFor();
  assert.equal(new URL(page.url()).search, '?chart=starts');
  await page.getByRole('button', { name: 'Request, SQL of Media starts, second by second' }).click();
  const dialog = page.getByRole('dialog', { name: /Media starts/ });
  const path = await dialog.locator('pre').first().innerText();
  const stream = await fetch(server.console + path);
  assert.equal(stream.headers.get('content-type'), 'text/event-stream');
  await stream.body!.cancel();
  await end();
});

test('now is split by any dimension, and filtered by what is clicked', async (t) => {
  const server = await watched(t);
  const { page, end } = await visit(browser, server.console, '/now');
  await asOf(page, '13:00:20');
  await page.getByRole('button', { name: 'Split by another dimension' }).click();
  await page.getByRole('combobox', { name: 'Split by another dimension' }).fill('app version');
  await page.keyboard.press('Enter');
  const versions = panel(page, 'App version');
  await versions.getByRole('link', { name: '2.0' }).waitFor();
  assert.equal(new URL(page.url()).search, '?by=appVersion');
  assert.deepEqual((await table(page, 'App version')).map(([name, viewers]) => [name, viewers]), [['2.0', '2'], ['1.0', '1']]);
  await versions.getByRole('link', { name: '2.0' }).click();
  await page.locator('.figures dd').first().filter({ hasText: /^2$/ }).waitFor();
  assert.equal(await figure(page, 'Buffering'), '50 %');
  await page.getByText('Since this page began to listen').waitFor();
  await page.reload();
  await page.locator('.figures dd').first().filter({ hasText: /^2$/ }).waitFor();
  // The stream knows no such condition: it is struck out, and follows to the next page.
  const other = await visit(browser, server.console, '/now?f.channel=contains.fil');
  await asOf(other.page, '13:00:20');
  assert.equal(await other.page.locator('.chip.idle').innerText().then((text) => text.includes('contains')), true);
  assert.equal(await figure(other.page, 'Active viewers'), '3');
  await panel(other.page, 'Content').getByRole('link', { name: 'The big film' }).click();
  await other.page.getByRole('heading', { name: 'The big film', level: 1 }).waitFor();
  await other.end();
  await end();
});

test('how many watch at the same time stands on the pages of content', async (t) => {
  const server = await watched(t);
  const { page, end } = await visit(browser, server.console, '/content');
  await page.getByText('Most viewers at once: 3, Tue 3 Mar, 13:00').waitFor();
  await page.getByRole('link', { name: 'The big film' }).click();
  await page.getByText('Most viewers at once: 2, Tue 3 Mar, 13:00').waitFor();
  const chart = page.getByRole('group', { name: /Concurrent viewers, Concurrent sessions over time/ });
  await chart.focus();
  await page.keyboard.press('End');
  assert.match(await chart.getByRole('status').innerText(), /13:00–13:01, so far\s+Concurrent viewers\s+2\s+Concurrent sessions\s+2/);
  await end();
});

test('the page of now is accessible and fits', async (t) => {
  const server = await watched(t);
  for (const [number, name] of Object.values(HOSTILE).entries()) {
    await Player.open(server, NOON + 20_000 + number, { 'media.id': `id${number}${name.slice(0, 400)}`, 'media.name': name, 'media.channel': name.slice(0, 300) });
  }
  await server.setClock(NOON + 21_000);
  for (const [dark, phone] of [[false, false], [true, true]] as const) {
    const { page, end } = await visit(browser, server.console, '/now', { dark, phone });
    await asOf(page, '13:00:21');
    await page.getByText('<script>document.title', { exact: false }).first().waitFor();
    assert.equal(await page.locator('main script, main img, main b, main i').count(), 0);
    await checkAccessible(page);
    await checkFits(page);
    await end();
  }
});

test('when the stream breaks the page says so and keeps what is there', async (t) => {
  const server = await watched(t);
  const { page, end } = await visit(browser, server.console, '/now', { expect: [0] });
  await asOf(page, '13:00:20');
  await server.kill();
  await page.getByRole('alert').filter({ hasText: 'The server does not answer' }).waitFor();
  assert.equal(await figure(page, 'Active viewers'), '3');
  await end();
});
