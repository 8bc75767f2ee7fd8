import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page, Route } from 'playwright-core';
import { checkAccessible, launch, visit } from './browser';
import { figure, panel, rows } from './read';
import { views } from './scenes';
import { Player, NOON, Server } from './server';

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

interface Asked {
  dimensions?: string[];
}
const isOfTitles = (route: Route) => (route.request().postDataJSON() as Asked).dimensions?.join() === 'name';

/** Does with each report of the titles what is said, by its number; all others are answered. */
async function onTitles(page: Page, act: (route: Route, number: number) => Promise<void>): Promise<void> {
  let number = 0;
  await page.route('**/v1/reports', (route) => {
    if (!isOfTitles(route)) return route.continue();
    number += 1;
    return act(route, number);
  });
}

const busy = (route: Route, status: number) =>
  route.fulfill({ status, headers: { 'Retry-After': '2' }, json: { message: '2 reports run and 32 wait already; ask again in a moment' } });

describe('a slow server', () => {
  let server: Server;
  before(async () => {
    server = await Server.start();
    await views(server);
  });
  after(() => server.stop());

  test('a report that is held back is told of, and what comes late is not drawn over what is newer', async () => {
    let held: Route | undefined;
    const { page, end } = await visit(browser, server.console, '/content', {
      before: async (page) => {
        await page.clock.install();
        await onTitles(page, async (route, number) => {
          if (number === 1) held = route;
          else await route.continue();
        });
      },
    });
    const titles = panel(page, 'Titles');
    await titles.getByText('Loading titles…').waitFor();
    // The rest of the page is there.
    await page.locator('.figures').waitFor();
    assert.equal(await figure(page, 'Media starts'), '4');
    await panel(page, 'At the same time').getByText('Most viewers at once').waitFor();
    assert.equal(await titles.getByText('still working').count(), 0);
    await page.clock.fastForward(6_000);
    await titles.getByText('The server is still working on it.').waitFor();
    await checkAccessible(page);

    const ended = page.waitForEvent('requestfailed', (request) => request === held!.request());
    await page.getByRole('button', { name: /Last 24 hours/ }).click();
    await page.getByRole('button', { name: 'Last 7 days' }).click();
    await ended;
    await titles.getByRole('link', { name: 'The big film' }).waitFor();
    assert.equal(await titles.getByText('still working').count(), 0);
    const shown = await rows(page, titles.locator('table'));
    await held!.fulfill({ json: { rows: [] } }).catch(() => undefined);
    assert.deepEqual(await rows(page, titles.locator('table')), shown);
    await end();
  });

  test('one can leave a page that waits', async () => {
    const { page, end } = await visit(browser, server.console, '/content', { before: (page) => onTitles(page, async () => undefined) });
    await panel(page, 'Titles').getByText('Loading titles…').waitFor();
    await page.getByRole('link', { name: 'Audience' }).click();
    await page.getByRole('heading', { name: 'Audience', level: 1 }).waitFor();
    await panel(page, 'Devices').locator('table').waitFor();
    await end();
  });

  test('what is there stays while it is asked again for long', async () => {
    const { page, end } = await visit(browser, server.console, '/content', {
      before: async (page) => {
        await page.clock.install();
        await onTitles(page, async (route, number) => {
          if (number === 1) await route.continue();
        });
      },
    });
    const titles = panel(page, 'Titles');
    await titles.getByRole('link', { name: 'The big film' }).waitFor();
    // After a minute it is asked for anew.
    await page.clock.fastForward(61_000);
    await page.locator('.panel.waits', { has: page.getByRole('heading', { name: 'Titles', exact: true }) }).waitFor();
    await page.clock.fastForward(6_000);
    await titles.getByText('The server is still working on it.').waitFor();
    assert.equal((await rows(page, titles.locator('table'))).length, 2);
    await end();
  });

  for (const status of [429, 503]) {
    test(`a server without a turn is asked again by itself: ${status}`, async () => {
      const { page, end } = await visit(browser, server.console, '/content', {
        expect: [status],
        before: async (page) => {
          await page.clock.install();
          await onTitles(page, (route, number) => (number === 1 || number === 3 ? busy(route, status) : route.continue()));
        },
      });
      const titles = panel(page, 'Titles');
      const told = status === 429 ? 'The server is busy' : 'The server is not ready';
      await titles.getByText(told).waitFor();
      await titles.getByText('2 reports run and 32 wait already; ask again in a moment. It is asked again by itself.').waitFor();
      assert.equal(await figure(page, 'Media starts'), '4');
      await checkAccessible(page);
      await page.clock.fastForward(2_000);
      await titles.getByRole('link', { name: 'The big film' }).waitFor();
      // What is there stays when there is no turn to ask again.
      await page.clock.fastForward(61_000);
      await titles.getByText('What is shown may be out of date.').waitFor();
      assert.equal((await rows(page, titles.locator('table'))).length, 2);
      await page.clock.fastForward(2_000);
      await titles.getByText('What is shown may be out of date.').waitFor({ state: 'detached' });
      await end();
    });
  }

  test('a report that takes too long says what to ask instead, and is not asked over and over', async () => {
    let asked = 0;
    const message = 'it has run for 30 s; take a shorter range, fewer dimensions, or a filter';
    const { page, end } = await visit(browser, server.console, '/content', {
      expect: [400],
      before: async (page) => {
        await page.clock.install();
        await onTitles(page, (route, number) => {
          asked = number;
          return number < 2 ? route.fulfill({ status: 400, json: { message, limit: 'time of a report, reports.time_max' } }) : route.continue();
        });
      },
    });
    const titles = panel(page, 'Titles');
    await titles.getByText('This is too much for one report').waitFor();
    await titles.getByText('It has run for 30 s; take a shorter range, fewer dimensions, or a filter.').waitFor();
    await page.clock.fastForward(300_000);
    assert.equal(asked, 1);
    await titles.getByRole('button', { name: 'Try again' }).click();
    await titles.getByRole('link', { name: 'The big film' }).waitFor();
    await end();
  });
});

test('a limit of the server is named where it strikes', async (t) => {
  const server = await Server.start({ settings: '[reports]\nopen_max = 1\n' });
  t.after(() => server.stop());
  for (const visitor of ['viewer-1', 'viewer-2']) await Player.open(server, NOON, { 'analytics.visitorId': visitor });
  await server.setClock(NOON + 1_000);
  const { page, end } = await visit(browser, server.console, '/content', { expect: [400] });
  await panel(page, 'Titles').getByText('This is too much for one report').waitFor();
  await panel(page, 'Titles').getByText('reports.open_max').waitFor();
  await end();
});
