import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { checkAccessible, checkFits, launch, visit } from './browser';
import { bars, download, figure, panel, rows } from './read';
import { film, HOSTILE, views } from './scenes';
import { NOON, Player, Server } from './server';

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Waits until all of a page of reports has come: panels stand there as soon as there is something to ask. */
async function settled(page: Page): Promise<void> {
  await page.locator('.panel').first().waitFor();
  await page.locator('.spinner').first().waitFor({ state: 'detached' });
}
const query = (page: Page) => new URL(page.url()).search;

describe('reports', () => {
  let server: Server;
  before(async () => {
    server = await Server.start({ settings: '[suites.shop]\ntime_zone = "Europe/Berlin"\n\n[segments.short]\ntitle = "Short ones"\nfilters = \'[{"dimension": "channel", "value": "clips"}]\'\n' });
    await views(server);
  });
  after(() => server.stop());

  test('the first page says how much is watched, and what', async () => {
    const { page, end } = await visit(browser, server.console, '/');
    await page.getByRole('link', { name: 'The big film' }).waitFor();
    assert.equal(await figure(page, 'Media starts'), '4');
    assert.equal(await figure(page, 'Unique visitors'), '3');
    assert.equal(await figure(page, 'Content time spent'), '2 min 41 s');
    assert.equal(await figure(page, 'Content completion rate'), '33 %');
    assert.equal(await figure(page, 'Average minute audience'), '1.17');
    assert.deepEqual((await rows(page)).map(([name, , ...rest]) => [name, ...rest]), [
      ['The big film', '3', '3', '1 min 41 s', '0 %', '0.17'],
      ['Clip', '1', '1', '1 min', '100 %', '1'],
    ]);
    await page.getByText('As of 13:08:20').waitFor();
    await end();
  });

  test('a figure is looked at over time, as a chart, a table and a file', async () => {
    const { page, end } = await visit(browser, server.console, '/content');
    await page.locator('.figures').getByRole('button', { name: 'Content time spent' }).click();
    await page.getByRole('heading', { name: 'Content time spent over time' }).waitFor();
    assert.equal(query(page), '?chart=timePlayed');
    const chart = page.getByRole('group', { name: /Content time spent over time/ });
    await chart.focus();
    await page.keyboard.press('End');
    assert.match(await chart.getByRole('status').innerText(), /Tue 3 Mar, 13:00–13:15, so far\s+Content time spent\s+2 min 41 s/);
    await page.getByRole('button', { name: 'Content time spent over time as a table' }).click();
    const table = panel(page, 'Content time spent over time').locator('table');
    assert.deepEqual((await rows(page, table)).at(-1), ['2026-03-03 13:00:00', '4', '3', '2 min 41 s', '33 %', '1.17']);
    const file = await download(page, 'Content time spent over time as CSV');
    assert.equal(file.split('\r\n')[0], '"Time, Europe/Berlin",Media starts,Unique visitors,Content time spent,Content completion rate,Average minute audience');
    assert.match(file, /2026-03-03 13:00:00,4,3,161,0\.333/);
    await end();
  });

  test('a filter is added, stands in the address, follows from page to page, and is taken away', async () => {
    const { page, end } = await visit(browser, server.console, '/content');
    await page.getByRole('link', { name: 'Clip' }).waitFor();
    await page.getByRole('button', { name: 'Add a filter' }).click();
    await page.getByRole('combobox', { name: 'Add a filter' }).fill('content channel');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Choose a value of Content channel' }).click();
    await page.getByRole('option', { name: /^films/ }).click();
    await page.getByRole('link', { name: 'Clip' }).waitFor({ state: 'detached' });
    assert.equal(query(page), '?f.channel=is.films');
    await page.locator('.figures dd').first().filter({ hasText: /^3$/ }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'The big film' }).waitFor();
    assert.equal(await figure(page, 'Media starts'), '3');
    await page.getByRole('link', { name: 'Explore', exact: true }).first().click();
    await page.getByText('Content channel is films').waitFor();
    await page.locator('.figures').waitFor();
    assert.equal(await figure(page, 'Media starts'), '3');
    await page.getByRole('button', { name: 'Remove the filter Content channel' }).click();
    await page.locator('.figures dd').filter({ hasText: /^4$/ }).waitFor();
    await end();
  });

  test('numbers are compared with those of the period before', async () => {
    const { page, end } = await visit(browser, server.console, '/content?range=1h');
    await page.getByRole('link', { name: 'Clip' }).waitFor();
    await page.getByRole('combobox', { name: 'Compare with' }).selectOption('Previous period');
    await page.locator('.figures .change').first().waitFor();
    assert.match(await figure(page, 'Media starts'), /^4 ?↑ ?new ?\. Previous period: 0$/);
    assert.equal(query(page), '?range=1h&compare=previous');
    await page.getByRole('button', { name: 'Previous period' }).waitFor();
    await end();
  });

  test('numbers are compared with those of a segment', async () => {
    const { page, end } = await visit(browser, server.console, '/content?range=all');
    await page.getByRole('link', { name: 'Clip' }).waitFor();
    await page.getByRole('combobox', { name: 'Compare with' }).selectOption('Short ones');
    await page.locator('.figures .change').first().waitFor();
    assert.match(await figure(page, 'Media starts'), /^4 ?↑ ?up by 300 % ?\. Segment Short ones: 1$/);
    assert.equal(query(page), '?range=all&compare=segment%3Ashort');
    await page.getByRole('button', { name: 'Segment Short ones' }).waitFor();
    await page.getByRole('link', { name: 'Quality', exact: true }).click();
    await page.locator('.figures .change').first().waitFor();
    await checkAccessible(page);
    await end();
  });

  test('what a panel shows is saved as Parquet', async () => {
    const { page, end } = await visit(browser, server.console, '/content');
    await page.getByRole('link', { name: 'Clip' }).waitFor();
    assert.match(await download(page, 'Titles as Parquet'), /^PAR1.*PAR1$/s);
    await end();
  });

  test('every number can be asked for again elsewhere', async () => {
    const { page, end } = await visit(browser, server.console, '/content?f.channel=is.films');
    await page.getByRole('link', { name: 'The big film' }).waitFor();
    await page.getByRole('button', { name: 'Request, SQL of Titles' }).click();
    const dialog = page.getByRole('dialog', { name: 'Request of Titles' });
    const request = await dialog.locator('pre').first().innerText();
    assert.match(await dialog.locator('pre').nth(1).innerText(), new RegExp(`^curl -sS '${server.console}/v1/reports'`));
    const answer = await fetch(`${server.console}/v1/reports`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: request });
    assert.equal(answer.status, 200);
    assert.deepEqual(((await answer.json()) as { totals: number[] }).totals.slice(0, 2), [3, 3]);
    const sql = await dialog.locator('pre').nth(2).innerText();
    const table = await fetch(`${server.console}/v1/sql`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ sql }) });
    assert.deepEqual(((await table.json()) as { rows: unknown[][] }).rows.map((row) => row.slice(0, 4)), [['film-1', 3, 3, 101]]);
    await checkAccessible(page);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await end();
  });

  test('a title shows how far it is watched, what again, and where people leave', async () => {
    const { page, end } = await visit(browser, server.console, '/content');
    await page.getByRole('link', { name: 'The big film' }).click();
    await page.getByRole('heading', { name: 'The big film' }).waitFor();
    assert.equal(query(page), '?title=film-1');
    await page.getByText('films · 10 min long').waitFor();
    await settled(page);
    assert.equal(await figure(page, 'Media starts'), '3');
    const curve = page.getByRole('group', { name: /Views by place/ });
    await curve.focus();
    await page.keyboard.press('Home');
    assert.match(await curve.getByRole('status').innerText(), /Views of 0:00–0:01\s+First watch\s+2\s+Watched again\s+1/);
    await page.getByText('ad breaks (1)').waitFor();
    await page.getByText('chapters (1)').waitFor();
    assert.deepEqual(await bars(page, 'Where people leave'), [['0:30', '1 · 50 %']]);
    const far = Object.fromEntries(await bars(page, 'How far they came'));
    assert.equal(far['Sessions'], '3 · 100 %');
    assert.equal(far['Content starts'], '2 · 67 %');
    assert.equal(far['10% progress marker'], '1 · 33 %');
    assert.equal(far['25% progress marker'], '0 · 0 %');
    const plays = Object.fromEntries((await rows(page, panel(page, 'How well it plays').locator('table'))).map(([name, ...rest]) => [name, rest]));
    assert.deepEqual(plays['Drop before start rate'], ['33 %', '25 %', '8.3 points higher']);
    await page.getByRole('link', { name: 'its sessions' }).click();
    await page.getByText('3 sessions', { exact: true }).waitFor();
    await end();
  });

  test('a report is put together, stands in the address, and breaks down what is clicked', async () => {
    const { page, end } = await visit(browser, server.console, '/explore');
    await page.locator('.figures').waitFor();
    await page.getByRole('button', { name: 'Add a dimension' }).click();
    await page.getByRole('combobox', { name: 'Add a dimension' }).fill('player name');
    await page.getByRole('option', { name: /^Content player name/ }).click();
    await page.getByRole('link', { name: 'tv' }).waitFor();
    assert.deepEqual(await rows(page), [['tv', '2', '2', '40 s'], ['web', '2', '1', '2 min 1 s']]);
    await page.getByRole('button', { name: 'Add a metric' }).click();
    await page.getByRole('combobox', { name: 'Add a metric' }).fill('max(timePlayed)');
    await page.keyboard.press('Enter');
    await page.getByRole('columnheader', { name: /Content time spent, largest/ }).waitFor();
    await page.getByRole('button', { name: '+ Formula' }).click();
    await page.getByLabel('Name of the formula').fill('perStart');
    await page.getByLabel('Formula', { exact: true }).fill('timePlayed / isViewed');
    await page.keyboard.press('Enter');
    await page.getByRole('columnheader', { name: /perStart/ }).waitFor();
    assert.deepEqual(await rows(page), [['tv', '2', '2', '40 s', '40 s', '20'], ['web', '2', '1', '2 min 1 s', '1 min 1 s', '60.5']]);
    await page.getByRole('button', { name: 'Content time spent', exact: true }).click();
    await page.locator('tbody tr').first().filter({ hasText: 'web' }).waitFor();
    const link = query(page);
    assert.equal(link, '?m=isViewed&m=visitors&m=timePlayed&m=max%28timePlayed%29&m=perStart%3A%3DtimePlayed+%2F+isViewed&d=playerName&sort=-timePlayed');
    assert.match(await download(page, 'Result as CSV'), /^Content player name,.*\r\nweb,2,1,121,61,60\.5\r\ntv,/);
    assert.match(await download(page, 'Result as Parquet'), /^PAR1.*PAR1$/s);
    await page.getByRole('link', { name: 'tv' }).click();
    await page.getByText('Player: tv').waitFor();
    await page.getByText('1 of 1 row').waitFor();
    await page.goBack();
    await page.getByText('2 of 2 rows').waitFor();
    await page.getByRole('button', { name: 'Chart' }).click();
    await page.getByRole('group', { name: /Media starts over time/ }).waitFor();
    await end();
  });

  test('a mistake in a report names what is wrong, and the page stays usable', async () => {
    const { page, end } = await visit(browser, server.console, '/explore?m=isViewd', { expect: [400] });
    await page.getByRole('alert').filter({ hasText: 'did you mean "isViewed"?' }).waitFor();
    await page.getByRole('button', { name: 'Add a metric' }).click();
    await page.getByRole('combobox', { name: 'Add a metric' }).fill('Media starts');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Remove isViewd' }).click();
    await page.locator('.figures').waitFor();
    assert.equal(await figure(page, 'Media starts'), '4');
    await end();
  });

  test('panels of reports are drawn: who watched when, and how far', async () => {
    const { page, end } = await visit(browser, server.console, '/explore?report=tenths');
    await settled(page);
    await page.getByRole('button', { name: 'Views of tenths of the content as a table' }).click();
    const tenths = async () => Object.fromEntries(await rows(page));
    // A tenth of the film is a minute, one of the clip six seconds: two views of the film, all of the clip.
    assert.equal((await tenths())['0-10%'], '3');
    assert.equal((await tenths())['10-20%'], '2');
    assert.equal((await tenths())['90-100%'], '1');
    await page.locator('.builder select').first().selectOption('concurrency');
    await page.getByRole('combobox', { name: 'Step' }).selectOption('minute');
    const chart = page.getByRole('group', { name: /Concurrent viewers, Concurrent sessions over time/ });
    await chart.focus();
    await page.keyboard.press('End');
    assert.match(await chart.getByRole('status').innerText(), /Concurrent viewers\s+0\s+Concurrent sessions\s+0/);
    await end();
  });

  test('quality says how starts and plays went, and where it is worst', async () => {
    const { page, end } = await visit(browser, server.console, '/quality');
    await settled(page);
    await page.locator('.large').waitFor();
    assert.equal(await figure(page, 'Time to start, 95th percentile'), '3 s');
    assert.equal(await figure(page, 'Start failures'), '25 %');
    assert.equal(await figure(page, 'Exits before start'), '0 %');
    // 3 s of buffering after the start, 161 s of content.
    assert.equal(await figure(page, 'Rebuffer ratio'), '1.8 %');
    assert.equal(await figure(page, 'Playback failures'), '0 %');
    assert.equal(await figure(page, 'Streams with an error'), '50 %');
    await page.getByText('No group is worse than the rest.').waitFor();
    await page.getByRole('combobox', { name: 'What goes wrong' }).selectOption('Start failures');
    assert.equal(query(page), '?trouble=startFailureRate');
    const worst = panel(page, 'Worst against the rest').locator('table');
    await worst.getByRole('link', { name: 'tv · 2.0' }).waitFor();
    assert.deepEqual(await rows(page, worst), [['tv · 2.0', '1', '50 %', '0 %', '2']]);
    await page.getByRole('button', { name: 'Time to start as a table' }).click();
    assert.deepEqual(await rows(page, panel(page, 'Time to start').locator('table')), [['1 s up to 2 s', '1'], ['2 s up to 3 s', '0'], ['3 s up to 4 s', '1']]);
    assert.deepEqual((await rows(page, panel(page, 'Errors of players').locator('table'))).map(([id, sessions]) => [id, sessions]).sort(), [['decode', '1'], ['no-licence', '1']]);
    assert.deepEqual((await rows(page, panel(page, 'Errors by player and version').locator('table'))).sort(), [['decode', 'web', '1.0', '1', '0', '0', '1'], ['no-licence', 'tv', '2.0', '1', '1', '0', '1']]);
    await end();
  });

  test('the score follows the weights that are tried, which stand in the address and fit the settings', async (t) => {
    const { page, end } = await visit(browser, server.console, '/quality');
    const score = panel(page, 'Quality score');
    await score.locator('.large').waitFor();
    // 400 × 25 % for the failed start, 400 × 3/164 for rebuffering: more than there is.
    assert.equal(await score.locator('.large').innerText(), '0');
    await score.getByText('score = max(0, 100 - ').waitFor();
    await score.getByRole('button', { name: 'Try other weights' }).click();
    await score.getByLabel('Points of Start failures').fill('10');
    await score.getByLabel('Points of Start failures').press('Tab');
    await score.locator('.large', { hasText: '42.7' }).waitFor();
    assert.equal(query(page), '?score=start%3A10%3A0.05');
    const settings = await score.locator('.weights pre').innerText();
    assert.match(settings, /max\(0, 100 - 200 \* isStartFailure \/ isViewed - /);
    await checkAccessible(page);
    await page.reload();
    await score.locator('.large', { hasText: '42.7' }).waitFor();
    await end();
    // In the settings these lines make it a metric of all reports.
    const other = await Server.start({ settings });
    t.after(() => other.stop());
    await views(other);
    const { page: explore, end: close } = await visit(browser, other.console, '/explore?m=qualityScore');
    await explore.locator('.figures').waitFor();
    assert.equal(await figure(explore, 'Quality score'), '42.68');
    await close();
  });

  test('ads go from break to complete, and stand beside those who see none', async () => {
    const { page, end } = await visit(browser, server.console, '/ads');
    await panel(page, 'From break to complete').locator('.bars').waitFor();
    await settled(page);
    assert.equal(await figure(page, 'Ad starts'), '1');
    assert.equal(await figure(page, 'Ad completion rate'), '100 %');
    assert.equal(await figure(page, 'Ad time spent'), '10 s');
    assert.deepEqual(await bars(page, 'From break to complete'), [
      ['Streams', '4'], ['with an ad', '1 · 25 %'], ['Breaks begun', '1'], ['Ads started', '1'], ['completed', '1'], ['skipped or left', '0 · 0 %'],
    ]);
    assert.deepEqual(await rows(page, panel(page, 'What ads do to those who watch').locator('table')), [
      ['0', '3', '33 %', '50 %', '50 s'],
      ['1', '1', '0 %', '0 %', '1 min 1 s'],
    ]);
    assert.deepEqual(await rows(page, panel(page, 'By advertiser').locator('table')), [['Acme', '1', '100 %', '10 s']]);
    await panel(page, 'By advertiser').getByRole('link', { name: 'Explore' }).click();
    await page.getByRole('link', { name: 'Acme' }).waitFor();
    await end();
  });

  test('the audience has its hours, devices and visitors', async () => {
    const { page, end } = await visit(browser, server.console, '/audience');
    await settled(page);
    await page.getByTitle('Tuesday, 13 to 14: 4', { exact: true }).waitFor();
    assert.equal(await figure(page, 'Unique visitors'), '3');
    assert.equal(await figure(page, 'Sessions per visitor'), '1.33');
    assert.equal(await figure(page, 'Content time per visitor'), '54 s');
    await page.getByText('Sessions are kept since 3 Mar 2026.').waitFor();
    assert.deepEqual(await bars(page, 'New and returning visitors'), [['New', '3 · 100 %'], ['Returning', '0 · 0 %']]);
    assert.deepEqual(await rows(page, panel(page, 'Players').locator('table')), [['tv', '2', '2', '40 s'], ['web', '1', '2', '2 min 1 s']]);
    await end();
  });

  test('a range with nothing in it says so', async () => {
    for (const path of ['/content', '/quality', '/ads', '/audience', '/explore']) {
      const { page, end } = await visit(browser, server.console, `${path}?range=yesterday`);
      await page.getByText('Nothing in this range fits').first().waitFor();
      await end();
    }
  });

  test('all time and a very long time begin with what there is', async () => {
    for (const range of ['all', '1970-01-01..2030-12-31']) {
      const { page, end } = await visit(browser, server.console, `/content?range=${range}`);
      await page.getByRole('link', { name: 'Clip' }).waitFor();
      assert.equal(await figure(page, 'Media starts'), '4');
      await page.getByText('Most viewers at once: 1').waitFor();
      assert.equal(await page.getByRole('option', { name: 'Previous period' }).isDisabled(), range === 'all');
      await end();
    }
    const { page, end } = await visit(browser, server.console, '/content?range=1990-01-01..2005-12-31');
    await page.getByText('Nothing in this range fits').first().waitFor();
    await end();
  });

  test('a suite that nobody knows is told of once', async () => {
    const { page, end } = await visit(browser, server.console, '/quality?suite=nobody');
    await page.getByText('There is no such report suite').waitFor();
    await page.getByRole('combobox', { name: 'Report suite' }).selectOption('shop');
    await page.locator('.large').waitFor();
    await end();
  });

  for (const [dark, phone] of [[false, false], [true, true]] as const) {
    test(`pages of reports are accessible and fit: ${dark ? 'dark' : 'light'}, ${phone ? 'phone' : 'desk'}`, async () => {
      for (const path of ['/now', '/content?compare=previous', '/content?title=film-1', '/quality?compare=previous', '/ads', '/audience', '/explore', '/explore?d=playerName&compare=previous']) {
        const { page, end } = await visit(browser, server.console, path, { dark, phone });
        await settled(page);
        await checkAccessible(page);
        await checkFits(page);
        await end();
      }
    });
  }
});

test('names of content that players choose are text and nothing else', async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  for (const [number, name] of Object.values(HOSTILE).entries()) {
    const player = await Player.open(server, NOON + number * 20_000, { 'media.id': `id${number}${name.slice(0, 400)}`, 'media.name': name, 'media.channel': name.slice(0, 300) });
    await player.say(1, 'play', 0);
    await player.say(11, 'sessionEnd', 10);
  }
  await server.setClock(NOON + 100_000);
  for (const phone of [false, true]) {
    const { page, end } = await visit(browser, server.console, '/content', { phone });
    await page.getByText('<script>document.title', { exact: false }).first().waitFor();
    assert.equal(await page.locator('main script, main img, main b, main i').count(), 0);
    await checkFits(page);
    await page.getByRole('link', { name: '<script>document.title', exact: false }).first().click();
    await page.getByRole('heading', { level: 1, name: '<script>', exact: false }).waitFor();
    await settled(page);
    assert.equal(await page.title(), 'Content · playhead');
    await checkFits(page);
    await end();
  }
});

test('visitors who were here before the range are returning ones', async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  for (const [at, visitor] of [[0, 'viewer-1'], [7_200_000, 'viewer-1'], [7_300_000, 'viewer-2']] as const) {
    const player = await Player.open(server, NOON + at, { 'analytics.visitorId': visitor });
    await player.say(1, 'play', 0);
    await player.say(11, 'sessionEnd', 10);
  }
  await server.setClock(NOON + 7_400_000);
  const { page, end } = await visit(browser, server.console, '/audience?range=1h');
  await panel(page, 'New and returning visitors').locator('.bars').waitFor();
  assert.deepEqual(await bars(page, 'New and returning visitors'), [['New', '1 · 50 %'], ['Returning', '1 · 50 %']]);
  await end();
});

test('open sessions count with what they have so far, and reports come back after a failure', async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  await film(server);
  await server.setClock(NOON + 90_000);
  const { page, end } = await visit(browser, server.console, '/content', { expect: [0] });
  await page.getByRole('link', { name: 'The big film' }).waitFor();
  await page.getByText('sessions that are still open count with what they have so far').waitFor();
  assert.equal(await figure(page, 'Content time spent'), '1 min');
  await server.kill();
  await page.getByRole('button', { name: 'ask again' }).click();
  await page.getByRole('alert').filter({ hasText: 'The server does not answer' }).first().waitFor();
  assert.equal(await figure(page, 'Content time spent'), '1 min');
  await end();
});
