import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launch, visit } from './browser';
import { NOON, Player, Server } from './server';

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test('pings that are missing are told from pauses and seeks', async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  const silent = await Player.open(server, NOON);
  await silent.say(1, 'play', 0);
  await silent.say(100, 'sessionEnd', 99);
  const paused = await Player.open(server, NOON + 200_000);
  await paused.say(1, 'play', 0);
  await paused.say(31, 'pauseStart', 30);
  await paused.say(121, 'play', 30);
  await paused.say(131, 'sessionEnd', 40);
  const jumped = await Player.open(server, NOON + 400_000);
  await jumped.say(1, 'play', 0);
  await jumped.say(70, 'play', 400);
  await jumped.say(80, 'sessionEnd', 410);
  await server.setClock(NOON + 500_000);
  const { page, end } = await visit(browser, server.console, '/health');
  const found = page.locator('.finding', { has: page.getByRole('heading', { name: 'Pings that are missing', exact: true }) });
  await found.getByText('1 of 3 sessions').waitFor();
  await found.locator('a.sid').click();
  await page.waitForURL(`**/sessions/${silent.sid}`);
  assert.equal(await page.locator('.head code').innerText(), silent.sid);
  await end();
});
