import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Catalog } from '../src/api/schema';
import type { ReportRequest } from '../src/api/report';
import { expand, formulaSql, readFormula, terms } from '../src/sql/formula';
import { reportSql } from '../src/sql/report-sql';
import { unitSql } from '../src/sql/table';

const metric = (name: string, unit: string, scope: 'session' | 'ad', aggregate: 'sum' | 'mean' = 'sum') => ({ name, title: name, unit, scope, aggregate, rule: 'R1' });
const dimension = (name: string, scope: 'session' | 'ad' = 'session', list = false) => ({ name, title: name, scope, list, live: false });
const CATALOG: Catalog = {
  calculatedMetrics: [{ name: 'adCompletionRate', title: '', unit: 'ratio', formula: 'ad.isCompleted / ad.isStarted' }],
  definitionVersion: 1,
  dimensions: [dimension('channel'), dimension('closeReason'), dimension('playerSdkErrors', 'session', true), dimension('ad.advertiser', 'ad')],
  granularities: [],
  metrics: [metric('isViewed', 'flag', 'session'), metric('timePlayed', 's', 'session'), metric('ad.isStarted', 'flag', 'ad'), metric('ad.isCompleted', 'flag', 'ad')],
  reports: [],
  segments: [],
  statistics: [],
};
const REQUEST: ReportRequest = { suite: "it's", range: { from: 0, to: 3_600_000 }, zone: 'UTC', metrics: ['isViewed'] };

test('formulas are read as reports read them', () => {
  const sql = (text: string) => {
    const read = readFormula(text);
    return read && formulaSql(read, ({ metric, statistic }) => (statistic ? `${statistic}:${metric}` : metric));
  };
  assert.equal(sql('100 - 2.5 * a / (b + c)'), '100 - (CAST((2.5 * a) AS DOUBLE) / nullif((b + c), 0))');
  assert.equal(sql('p95(timeToStart) / `a b`'), 'CAST(p95:timeToStart AS DOUBLE) / nullif(a b, 0)');
  assert.equal(sql('-a'), '-a');
  assert.equal(sql('max(0, a - b)'), 'CASE WHEN 0 >= (a - b) THEN 0 WHEN 0 < (a - b) THEN (a - b) END');
  assert.equal(sql('max(timePlayed) + min(a, 5)'), 'max:timePlayed + (CASE WHEN a <= 5 THEN a WHEN a > 5 THEN 5 END)');
  for (const wrong of ['', 'a +', '(a', 'a b', 'p95(', 'nonsense(a)', 'sum(a, b)', 'max(a, b, c)', 'max(2 * a)', '1..2']) assert.equal(readFormula(wrong), undefined, wrong);
  const expanded = expand(readFormula('2 * rate')!, (name) => (name === 'rate' ? 'a / b' : undefined))!;
  assert.deepEqual(terms(expanded).map(({ metric }) => metric), ['a', 'b']);
});

test('texts of players stay texts', () => {
  const { sql } = reportSql(CATALOG, { ...REQUEST, dimensions: ["custom.a']"], filters: [{ dimension: 'channel', value: "'; DROP TABLE sessions --" }] });
  assert.match(sql!, /report_suite = 'it''s'/);
  assert.match(sql!, /channel = '''; DROP TABLE sessions --'/);
  assert.ok(sql!.includes("custom_metadata['a'']']"));
});

test('open sessions are in the statement, with nothing where they have no column', () => {
  const { sql, notes } = reportSql(CATALOG, { ...REQUEST, dimensions: ['closeReason'], includeOpen: true });
  assert.match(sql!, /FROM open_sessions/);
  assert.match(sql!, /CAST\(NULL AS VARCHAR\) AS close_reason/);
  assert.equal(notes.length, 1);
});

test('what cannot be said in SQL is said in words', () => {
  for (const request of [
    { ...REQUEST, report: 'tenths' as const },
    { ...REQUEST, filters: [{ dimension: 'channel', value: 'a', scope: 'visitor' as const }] },
    { ...REQUEST, range: { last: '24h' } },
    { ...REQUEST, metrics: ['nobody'] },
  ]) {
    const { sql, notes } = reportSql(CATALOG, request);
    assert.equal(sql, undefined);
    assert.equal(notes.length, 1);
  }
});

test('units of time are those of the clock of the zone', () => {
  const [winter, summer] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 6, 1)];
  assert.equal(unitSql('end_ts', 'minute', 'UTC', winter, summer), 'end_ts - end_ts % 60000');
  assert.equal(unitSql('end_ts', 'hour', 'Europe/Berlin', winter, summer), 'end_ts - end_ts % 3600000');
  assert.equal(unitSql('end_ts', 'day', 'Europe/Berlin', winter, winter + 1), 'end_ts - (end_ts + 3600000) % 86400000');
  assert.equal(unitSql('end_ts', 'day', 'Europe/Berlin', winter, summer), `CAST(date_trunc('day', arrow_cast(end_ts, 'Timestamp(Millisecond, Some("Europe/Berlin"))')) AS BIGINT)`);
  assert.equal(unitSql('end_ts', 'hour', 'Asia/Kolkata', winter, summer), 'end_ts - (end_ts + 1800000) % 3600000');
});
