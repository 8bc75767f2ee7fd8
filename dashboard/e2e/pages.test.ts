import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { checkAccessible, checkFits, launch, visit } from './browser';
import { download, figure, rows } from './read';
import { film, HOSTILE, hobbyPlayer } from './scenes';
import { NOON, Player, Server } from './server';

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

describe('with sessions', () => {
  let server: Server;
  let watched: Player;
  let hobby: Player;
  before(async () => {
    server = await Server.start({ settings: '[suites.shop]\ntime_zone = "Europe/Berlin"\n' });
    watched = await film(server);
    await watched.say(85.2, 'sessionEnd', 61);
    hobby = await hobbyPlayer(server, NOON + 100_000);
    await Player.open(server, NOON + 200_000, { 'analytics.reportSuite': 'other', 'media.playerName': 'tv', 'media.name': 'Left open', 'analytics.visitorId': 'viewer-3' });
    await server.setClock(NOON + 210_000);
  });
  after(() => server.stop());

  test('the list has every session of the suite with its numbers, newest first', async () => {
    const { page, end } = await visit(browser, server.console, '/sessions?suite=shop');
    await page.getByRole('link', { name: 'The big film' }).waitFor();
    assert.deepEqual(await rows(page), [
      ['13:01:40', 'Clip', 'hobby', '0.3', 'viewer-2', '21 s', '0 s', '0', 'ended'],
      ['13:00:00', 'The big film', 'web', '1.0', 'viewer-1', '1 min 1 s', '3 s', '1', 'ended'],
    ]);
    await page.getByRole('combobox', { name: 'Report suite' }).selectOption('other');
    await page.getByRole('link', { name: 'Left open' }).waitFor();
    await page.getByText('1 session, 1 of them open: their numbers are provisional').waitFor();
    await end();
  });

  test('filters stand in the address, hold after a reload, and follow to the next page', async () => {
    const { page, end } = await visit(browser, server.console, '/sessions?suite=shop');
    await page.getByText('2 sessions', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'hobby', exact: true }).click();
    await page.getByText('1 session', { exact: true }).waitFor();
    assert.equal(new URL(page.url()).search, '?suite=shop&player=hobby');
    await page.reload();
    await page.getByText('1 session', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Integration health' }).click();
    await page.getByRole('heading', { name: 'Findings' }).waitFor();
    assert.equal(new URL(page.url()).search, '?suite=shop&player=hobby');
    assert.equal(await figure(page, 'Received'), '7');
    await page.goBack();
    await page.getByText('1 session', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Remove the filter Player' }).click();
    await page.getByText('2 sessions', { exact: true }).waitFor();
    await end();
  });

  test('sessions are found by any metric or dimension, with the columns that are chosen, and all of it is in the address', async () => {
    const { page, end } = await visit(browser, server.console, '/sessions?suite=shop');
    await page.getByText('2 sessions', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Add a filter' }).click();
    await page.getByRole('combobox', { name: 'Add a filter' }).fill('errorCount');
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'How' }).selectOption('is more than');
    await page.getByRole('spinbutton').fill('0');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('1 session', { exact: true }).waitFor();
    assert.equal((await rows(page))[0]![1], 'The big film');
    await page.getByRole('button', { name: 'Add a column' }).click();
    await page.getByRole('combobox', { name: 'Add a column' }).fill('custom.league');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'first', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Remove App version' }).click();
    await page.getByText('1 session', { exact: true }).waitFor();
    const link = '?suite=shop&m=timePlayed&m=rebufferTime&m=errorCount&d=playerName&d=visitor&d=custom.league&f.errorCount=more.0';
    assert.equal(new URL(page.url()).search, link);
    await page.reload();
    await page.getByRole('link', { name: 'first', exact: true }).waitFor();
    assert.deepEqual(await rows(page), [['13:00:00', 'The big film', 'web', 'viewer-1', 'first', '1 min 1 s', '3 s', '1', 'ended']]);
    assert.match(await download(page, 'Found as CSV'), /The big film,.*,web,viewer-1,first,61,3,1/);
    await page.getByRole('button', { name: 'Request, SQL of Found' }).click();
    const sql = await page.getByRole('dialog').locator('pre').nth(2).innerText();
    const answer = await fetch(`${server.console}/v1/sql`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ sql }) });
    assert.deepEqual(((await answer.json()) as { rows: unknown[][] }).rows.map(([sid, , , ...rest]) => [sid, ...rest]),
      [[watched.sid, 'film-1', 'The big film', 'sessionEnd', 'web', 'viewer-1', 'first', 61, 3, 1]]);
    await checkAccessible(page);
    await end();
  });

  test('a number leads to the sessions behind it', async () => {
    const { page, end } = await visit(browser, server.console, '/explore?suite=shop&m=hasErrorImpactedStreams&m=timePlayed&d=playerName');
    const row = page.locator('tbody tr').filter({ hasText: 'web' });
    await row.getByTitle('The sessions behind this number').first().click();
    await page.getByText('1 session', { exact: true }).waitFor();
    const { pathname, search } = new URL(page.url());
    assert.equal(pathname, '/sessions');
    assert.match(search, /player=web/);
    assert.match(search, /f\.hasErrorImpactedStreams=more\.0/);
    assert.equal((await rows(page))[0]![1], 'The big film');
    await end();
  });

  test('a search finds content and ids, and says when there is nothing', async () => {
    const { page, end } = await visit(browser, server.console, '/sessions?suite=shop');
    const search = page.getByRole('searchbox');
    await search.fill('BIG');
    await search.press('Enter');
    await page.getByText('1 session', { exact: true }).waitFor();
    assert.equal((await rows(page))[0]![1], 'The big film');
    await search.fill(hobby.sid.slice(0, 20));
    await search.press('Enter');
    await page.getByRole('link', { name: 'Clip' }).waitFor();
    await search.fill('nothing like it');
    await search.press('Enter');
    await page.getByText('No session in this range fits').waitFor();
    await end();
  });

  test('the range is counted in the zone that is chosen', async () => {
    const { page, end } = await visit(browser, server.console, '/sessions?suite=shop&zone=UTC&range=yesterday');
    await page.getByText('No session in this range fits').waitFor();
    await page.getByRole('button', { name: /Yesterday/ }).click();
    await page.getByRole('combobox', { name: 'Time zone' }).selectOption('Europe/Berlin');
    await page.getByRole('button', { name: 'Today' }).click();
    await page.getByText('2 sessions', { exact: true }).waitFor();
    assert.equal(new URL(page.url()).search, '?suite=shop&range=today&zone=Europe%2FBerlin');
    assert.equal((await rows(page))[1]![0], '13:00:00');
    await end();
  });

  test('the server puts the sessions in order, which stands in the address', async () => {
    const { page, end } = await visit(browser, server.console, '/sessions?suite=shop');
    await page.getByText('2 sessions', { exact: true }).waitFor();
    const first = (title: string) => page.locator('tbody tr').first().filter({ hasText: title }).waitFor();
    await page.getByRole('button', { name: 'Content time spent', exact: true }).click();
    await first('The big film');
    assert.equal(new URL(page.url()).search, '?suite=shop&sort=-timePlayed');
    await page.getByRole('button', { name: 'Content time spent', exact: true }).click();
    await first('Clip');
    assert.equal(new URL(page.url()).search, '?suite=shop&sort=timePlayed');
    await end();
  });

  test('a session shows its numbers, why they are so, and every call', async () => {
    const { page, end } = await visit(browser, server.console, `/sessions/${watched.sid}`);
    await page.getByRole('heading', { name: 'Time line' }).waitFor();
    assert.equal(await figure(page, 'Content time'), '1 min 1 s');
    assert.equal(await figure(page, 'Media time'), '1 min 11 s');
    assert.equal(await figure(page, 'Watched'), '10 %');
    assert.equal(await figure(page, 'Time to start'), '1 s');
    assert.equal(await figure(page, 'Buffering'), '4 s');
    assert.equal(await figure(page, 'Errors'), '1');
    const lanes = (await page.locator('.lane-title').allInnerTexts()).map((title) => title.replace(/\s+/g, ' '));
    assert.deepEqual(lanes.filter(Boolean), ['Player', 'Playhead 0:00–1:01', 'Waiting', 'Bitrate', 'Ads', 'Chapters', 'Errors', 'Calls']);
    await page.getByRole('button', { name: 'Content time spent' }).click();
    await page.getByText('4 intervals, 61.000 s together, rounded once').waitFor();
    await page.locator('.lane-title', { hasText: 'Content time spent' }).waitFor();
    await page.locator('.why').getByRole('button', { name: 'Call 2', exact: true }).click();
    await page.locator('#call-2.marked').waitFor();
    assert.match(await page.locator('#call-2').innerText(), /play\s+0:01\.2\s+0:01\.2\s+0:00\s+accepted/);
    await page.getByRole('button', { name: 'As a table' }).click();
    const spans = await page.getByRole('region', { name: 'Spans of the session' }).locator('tbody tr').count();
    assert.ok(spans >= 9, `${spans} spans`);
    await end();
  });

  test('integration health says which player does what wrong, and what to change', async () => {
    const { page, end } = await visit(browser, server.console, '/health?suite=shop');
    await page.getByRole('heading', { name: 'Bodies that break the protocol' }).waitFor();
    assert.equal(await figure(page, 'Received'), '24');
    assert.match(await figure(page, 'Refused'), /^2 /);
    const card = (title: string) => page.locator('.finding', { has: page.getByRole('heading', { name: title, exact: true }) });
    const invalid = card('Bodies that break the protocol');
    assert.match(await invalid.innerText(), /14 % 1 of 7 events/);
    await invalid.locator('summary').click();
    assert.match(await invalid.locator('pre').innerText(), /"playhead": "10"/);
    assert.match(await card('Events for a closed session').innerText(), /410/);
    const ads = card('Ads outside of a break');
    await ads.getByRole('button', { name: 'Find an example' }).click();
    await ads.getByText('at call #2').waitFor();
    await ads.locator('a.sid').click();
    await page.getByRole('heading', { name: 'Clip' }).waitFor();
    await end();
  });

  test('pages that do not exist say so', async () => {
    const { page, end } = await visit(browser, server.console, '/nowhere');
    await page.getByText('There is no such page').waitFor();
    await end();
    const unknown = `${'0'.repeat(63)}1`;
    const other = await visit(browser, server.console, `/sessions/${unknown}`, { expect: [404, 400] });
    await other.page.getByText('There is no such session').waitFor();
    await other.end();
  });

  test('keys lead through the pages', async () => {
    const { page, end } = await visit(browser, server.console, '/sessions?suite=shop');
    await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await page.getByRole('heading', { name: 'Integration health', level: 1 }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('link', { name: 'The big film' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('clip');
    await page.keyboard.press('Enter');
    await page.getByText('1 session', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Clip' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Clip' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await end();
  });

  test('colours follow the system until somebody chooses', async () => {
    const ground = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const { page, end } = await visit(browser, server.console, '/sessions?suite=shop', { dark: true });
    await page.getByRole('link', { name: 'Clip' }).waitFor();
    const dark = await ground(page);
    await page.keyboard.press('t');
    const light = await ground(page);
    assert.notEqual(light, dark);
    await page.reload();
    await page.getByRole('link', { name: 'Clip' }).waitFor();
    assert.equal(await ground(page), light);
    await page.keyboard.press('t');
    assert.equal(await ground(page), dark);
    await end();
  });

  for (const [dark, phone] of [[false, false], [true, true]] as const) {
    test(`pages are accessible and fit: ${dark ? 'dark' : 'light'}, ${phone ? 'phone' : 'desk'}`, async () => {
      for (const [path, heading] of [
        ['/sessions', 'Sessions'],
        ['/health', 'Findings'],
        ['/connect', 'Connect a player'],
        [`/sessions/${watched.sid}`, 'Calls'],
      ] as const) {
        const { page, end } = await visit(browser, server.console, path, { dark, phone });
        await page.getByRole('heading', { name: heading }).first().waitFor();
        await page.locator('.spinner').waitFor({ state: 'detached' });
        await checkAccessible(page);
        await checkFits(page);
        await end();
      }
    });
  }
});

test('a first session is awaited, and lights the page up', async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  const { page, end } = await visit(browser, server.console, '/');
  await page.getByRole('heading', { name: 'Send the first session' }).waitFor();
  await page.getByText('Listening…').waitFor();
  assert.ok((await page.locator('pre').innerText()).includes(`${server.door}/api/v1/sessions`));
  await checkAccessible(page);
  await page.getByRole('tab', { name: 'curl' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByText(`const door = '${server.door}'`).waitFor();
  await Player.open(server, NOON + 1_000);
  await page.getByText('It is here: The big film').waitFor();
  await page.getByRole('link', { name: /See the session/ }).click();
  await page.getByText('This session is open').waitFor();
  // There is more to look at from now on.
  await server.setClock(NOON + 10_000);
  await page.getByRole('link', { name: 'Content', exact: true }).first().click();
  await page.getByRole('link', { name: 'The big film' }).waitFor();
  await end();
});

test('data that no player sent to this server is shown at once', async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  await film(server);
  await server.setClock(NOON + 90_000);
  const { page, end } = await visit(browser, server.console, '/', {
    before: async (page) => void (await page.route('**/v1/server', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), received: 0 } });
    })),
  });
  await page.getByRole('link', { name: 'The big film' }).waitFor();
  assert.equal(await page.getByText('Send the first session').count(), 0);
  await end();
});

test('an open session is provisional, moves, and becomes final', async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  const player = await film(server);
  const { page, end } = await visit(browser, server.console, `/sessions/${player.sid}`);
  await page.getByText('This session is open').waitFor();
  assert.equal(await figure(page, 'Content time'), '1 min');
  await player.say(94.2, 'ping', 70);
  await page.locator('.figures dd', { hasText: '1 min 10 s' }).waitFor();
  await server.setClock(NOON + 94_200 + 600_000);
  await page.getByText('This session is open').waitFor({ state: 'detached' });
  assert.equal(await figure(page, 'Content time'), '1 min 10 s');
  assert.match(await page.locator('h1').innerText(), /no events/);
  await end();
});

test('names that players choose are text and nothing else', async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  const sids: string[] = [];
  for (const [number, name] of Object.values(HOSTILE).entries()) {
    const hostile = { 'media.name': name, 'media.playerName': name.slice(0, 500), 'analytics.reportSuite': `suite<b>${number}`, 'analytics.visitorId': `v${number}<i>` };
    const player = await Player.open(server, NOON + number * 1_000, hostile, { custom: name.slice(0, 500) });
    await player.say(1, 'play', name.slice(0, 100));
    sids.push(player.sid);
  }
  for (const phone of [false, true]) {
    for (const path of ['/sessions', '/health', ...sids.map((sid) => `/sessions/${sid}`)]) {
      const { page, end } = await visit(browser, server.console, path, { phone });
      await page.locator('table, .finding').first().waitFor();
      assert.equal(await page.locator('main script, main img, main b, main i').count(), 0, path);
      assert.match(await page.title(), /playhead$/);
      await checkFits(page);
      await end();
    }
  }
  const { page, end } = await visit(browser, server.console, '/sessions');
  await page.getByText('<script>document.title', { exact: false }).first().waitFor();
  await end();
});

test('a dead server leaves what is there, and says so', async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  await film(server);
  await server.setClock(NOON + 86_000);
  const { page, end } = await visit(browser, server.console, '/sessions', { expect: [0] });
  await page.getByRole('link', { name: 'The big film' }).waitFor();
  await server.kill();
  await page.getByRole('alert').filter({ hasText: 'The server does not answer' }).waitFor();
  assert.equal((await rows(page)).length, 1);
  await page.getByRole('link', { name: 'Integration health' }).click();
  await page.getByText('This could not be loaded').waitFor();
  await page.getByRole('button', { name: 'Try again' }).first().waitFor();
  await end();
});

test('the token is asked for once, and a log-out ends it', async (t) => {
  const server = await Server.start({ token: 'a-token-of-some-length' });
  t.after(() => server.stop());
  await film(server);
  await server.setClock(NOON + 86_000);
  const { page, context, end } = await visit(browser, server.console, '/sessions?range=all', { expect: [401] });
  const token = page.getByLabel('Token of the console');
  await token.fill('wrong');
  await token.press('Enter');
  await page.getByText('This is not the token.').waitFor();
  await checkAccessible(page);
  await token.fill('a-token-of-some-length');
  await token.press('Enter');
  await page.getByRole('link', { name: 'The big film' }).waitFor();
  const [cookie] = await context.cookies();
  assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Strict']);
  await page.reload();
  await page.getByRole('link', { name: 'The big film' }).waitFor();
  // The stream is read with it too.
  await page.getByRole('link', { name: 'Now', exact: true }).click();
  await page.getByText(/^As of .*, server time/).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await token.waitFor();
  await end();
});
