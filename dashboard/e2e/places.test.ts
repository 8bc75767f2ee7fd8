import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launch, visit } from './browser';
import { panel, rows } from './read';
import { NOON, Player, Server } from './server';

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test('the audience has countries, regions and networks, by the names that people know', async (t) => {
  const server = await Server.start({ knowsPlaces: true });
  t.after(() => server.stop());
  for (const [number, address] of ['198.18.0.1', '198.18.16.1', '198.18.48.1'].entries()) {
    const player = await Player.open(server, NOON + number * 20_000, { 'analytics.visitorId': `viewer-${number}` }, {}, { 'X-Forwarded-For': address });
    await player.say(1, 'play', 0);
    await player.say(11, 'sessionEnd', 10);
  }
  await server.setClock(NOON + 100_000);
  const { page, end } = await visit(browser, server.console, '/audience');
  const table = async (title: string) => (await rows(page, panel(page, title).locator('table'))).map((cells) => cells.slice(0, title === 'Regions' ? 3 : 2));
  await panel(page, 'Countries').getByRole('link', { name: 'Germany' }).waitFor();
  assert.deepEqual(await table('Countries'), [['Germany', '2'], ['Austria', '1']]);
  await page.locator('.spinner').first().waitFor({ state: 'detached' });
  assert.deepEqual((await table('Regions')).sort(), [['Bavaria', 'Germany', '1'], ['Berlin', 'Germany', '1'], ['Vienna', 'Austria', '1']]);
  assert.deepEqual((await table('Access networks')).sort(), [['Donau Net', '1'], ['Isar Telecom', '1'], ['Spree Cable', '1']]);
  await panel(page, 'Countries').getByRole('link', { name: 'Germany' }).click();
  await page.getByText('Country is Germany').waitFor();
  assert.equal(new URL(page.url()).search, '?f.country=is.DE');
  await page.locator('.figures dd').first().filter({ hasText: /^2$/ }).waitFor();
  await page.getByRole('button', { name: 'Remove the filter Country' }).click();
  await page.getByRole('button', { name: 'Add a filter' }).click();
  await page.getByRole('combobox', { name: 'Add a filter' }).fill('country');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Choose a value of Country' }).click();
  await page.getByRole('combobox', { name: 'Choose a value of Country' }).fill('austr');
  await page.getByRole('option', { name: /^Austria/ }).click();
  await page.getByText('Country is Austria').waitFor();
  await page.locator('.figures dd').first().filter({ hasText: /^1$/ }).waitFor();
  await end();
});
