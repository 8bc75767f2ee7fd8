import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { Answer, Cell, ReportRequest } from '../src/api/report';
import type { Catalog } from '../src/api/schema';
import { reportSql } from '../src/sql/report-sql';
import { launch, visit } from './browser';
import { film, views } from './scenes';
import { NOON, Player, Server } from './server';

type Table = (Cell | string)[][];

/** A unit of time or a bin with nothing in it need not be a row. */
const isSomething = (row: Table[number], keys: number) => row.slice(keys).some((cell) => cell !== null && cell !== 0);

/** The numbers of an answer as rows: keys, then metrics. */
function told(answer: Answer): Table {
  const metrics = answer.headings.filter(({ kind }) => kind === 'metric').length;
  const all = Array.from({ length: metrics }, (_, metric) => metric);
  const units = (series: Cell[][] | undefined, key: (string | null)[]): Table =>
    (answer.buckets ?? []).map((at, place) => [...key, at, ...all.map((metric) => series?.[metric]?.[place] ?? null)]);
  const isOver = answer.request.granularity !== undefined || (answer.buckets ?? []).length > 0;
  switch (answer.request.report ?? 'table') {
    case 'table':
      if (isOver && answer.rows.length > 0) return answer.rows.flatMap(({ key, series }) => units(series, key)).filter((row) => isSomething(row, answer.rows[0]!.key.length + 1));
      if (isOver) return units(answer.totalSeries, []).filter((row) => isSomething(row, 1));
      return answer.rows.length > 0 || answer.headings.some(({ kind }) => kind === 'dimension') ? answer.rows.map(({ key, values }) => [...key, ...values]) : [answer.totals];
    case 'concurrency':
    case 'timeSpent':
      return units(answer.totalSeries, []).filter((row) => isSomething(row, 1));
    case 'retention':
      return answer.rows.map(({ key, values: [time, , , sessions] }) => [Number(key[0]), time ?? null, sessions ?? null]);
    default:
      return answer.rows.map(({ key, values }) => [...key, ...values]).filter((row) => isSomething(row, 1));
  }
}

const written = (rows: Table) => rows
  .map((row) => JSON.stringify(row.map((cell) => (typeof cell === 'number' && !Number.isInteger(cell) ? Number(cell.toPrecision(10)) : cell))))
  .sort();

const PAGES = [
  '/content?compare=previous', '/content?title=film-1', '/quality', '/ads', '/audience', '/audience?zone=Asia/Kolkata&range=7d', '/content?range=all&bots=exclude',
  '/explore?m=isViewed&m=visitors&m=p95(timeToStart)&m=adCompletionRate&m=averageMinuteAudience&d=channel&d=custom.league',
  '/explore?m=timePlayed&d=playerName&as=chart&by=minute', '/explore?m=ad.timePlayed&m=isViewed&d=ad.advertiser&d=playerName',
  '/explore?m=sessions&d=playerSdkErrors&d=adCount', '/explore?m=sessions&d=length', '/explore?m=sessions&m=averageAudienceOfPeriod&d=hourOfDay&d=dayOfWeek&d=month&d=quarter&d=weekdayWeekend&d=amPm&d=dayOfMonth&d=year',
  '/explore?m=isViewed&segment=vod&by=day', '/explore?m=isViewed&by=month&zone=Europe/Berlin', '/explore?m=chapter.timePlayed&m=chapterCompletionRate&d=chapter.friendlyName',
  '/explore?m=timePlayed&d=name&f.channel=contains.ilm&f.playerName=not.x&f.genre=none&f.timePlayed=least.1&f.friendlyName=matches.(?i)BIG&f.ad.advertiser=is.Acme&f.name=starts.film',
  '/explore?m=sessions&d=closeReason&d=isLive&f.playerSdkErrors=lacks.x', '/explore?m=state.fullscreen.time&m=state.mute.isSet&m=isViewed',
  '/explore?report=concurrency', '/explore?report=concurrency&range=7d', '/explore?report=timeSpent', '/explore?report=retention', '/explore?report=segments', '/explore?report=tenths', '/explore?report=histogram&m=timePlayed',
];

describe('SQL', () => {
  let server: Server;
  let browser: Browser;
  const ask = (path: string, body: unknown) => fetch(server.console + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  before(async () => {
    browser = await launch();
    server = await Server.start({ settings: '[suites.shop]\ntime_zone = "Europe/Berlin"\n' });
    await views(server);
    // Player states, another day part, and one that goes on.
    const states = await Player.open(server, NOON + 600_000, { 'analytics.visitorId': 'viewer-4' });
    await states.say(1, 'play', 0);
    await states.say(2, 'stateStart', 1, { params: { 'media.state.name': 'fullscreen' } });
    await states.say(9, 'stateEnd', 8, { params: { 'media.state.name': 'fullscreen' } });
    await states.say(11, 'sessionEnd', 10);
    await film(server, NOON + 3_600_000).then((player) => player.say(90, 'sessionEnd', 62));
    const open = await Player.open(server, NOON + 4_000_000, { 'analytics.visitorId': 'viewer-5', 'media.channel': 'clips' });
    await open.say(1, 'play', 0);
    await open.say(11, 'ping', 10);
  });
  after(async () => {
    await browser.close();
    await server.stop();
  });

  test('every report that a page asks for has a statement that gives the same numbers, or says why not', { timeout: 600_000 }, async () => {
    const catalog = (await (await fetch(`${server.console}/v1/catalog`)).json()) as Catalog;
    const seen = new Map<string, Answer>();
    for (const path of PAGES) {
      const { page, end } = await visit(browser, server.console, '/connect');
      const waiting: Promise<void>[] = [];
      page.on('response', (response) => {
        if (!response.url().endsWith('/v1/reports') || response.status() !== 200) return;
        waiting.push(response.json().then((answer: Answer) => {
          seen.set(JSON.stringify(answer.request), answer);
          const { compared } = answer;
          if (compared && !answer.request.dimensions?.length) seen.set(JSON.stringify(compared.request), { ...answer, rows: [], totalSeries: [], ...(compared as Partial<Answer>) });
        }));
      });
      await page.goto(server.console + path);
      await page.locator('.panel').first().waitFor();
      await page.waitForLoadState('networkidle');
      await Promise.all(waiting);
      await end();
    }
    assert.ok(seen.size > 40, `${seen.size} reports`);
    const without: string[] = [];
    const wrong: string[] = [];
    for (const answer of seen.values()) {
      const request: ReportRequest = answer.request;
      const { sql, notes } = reportSql(catalog, request);
      if (!sql) {
        without.push(`${request.report ?? 'table'}: ${notes.join(' ')}`);
        continue;
      }
      const result = await ask('/v1/sql', { sql });
      const given = (await result.json()) as { rows: Table; message?: string };
      const leavesOpenOut = notes.some((note) => note.startsWith('Ads, chapters and states of open'));
      if (result.status !== 200) wrong.push(`${given.message}\n${JSON.stringify(request)}\n${sql}`);
      else if (!leavesOpenOut || answer.rows.length > 0) {
        const keys = (request.dimensions?.length ?? 0) + 1;
        const [mine, theirs] = [written(request.granularity ? given.rows.filter((row) => isSomething(row, keys)) : given.rows), written(told(answer))];
        if (JSON.stringify(mine) !== JSON.stringify(theirs)) wrong.push(`SQL ${mine.join(' ')}\nreport ${theirs.join(' ')}\n${JSON.stringify(request)}\n${sql}`);
      }
    }
    assert.equal(wrong.length, 0, `${wrong.length} of ${seen.size}:\n${wrong.slice(0, 12).join('\n\n')}`);
    assert.deepEqual(without, ['tenths: Tenths go by the length of each content, for which SQL has no short form: take the request.']);
  });
});
