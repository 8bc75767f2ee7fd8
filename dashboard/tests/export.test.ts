import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curl } from '../src/api/curl';
import type { Answer } from '../src/api/report';
import { tableQuery } from '../src/ui/parquet';
import { csv, fileName } from '../src/ui/csv';
import { rowsGrid, seriesGrid } from '../src/ui/grid';

test('texts of players are quoted, and are no formulas', () => {
  assert.equal(csv(['Name', 'Starts'], [['a "b", c', 1], ['=1+1', 2.5], ['-x\ny', null]]), 'Name,Starts\r\n"a ""b"", c",1\r\n\'=1+1,2.5\r\n"\'-x\ny",\r\n');
});

test('a title becomes a name of a file', () => {
  assert.equal(fileName('Media starts over time'), 'media-starts-over-time.csv');
  assert.equal(fileName('../../<b>'), 'b.csv');
  assert.equal(fileName('東京の朝'), '東京の朝.csv');
  assert.equal(fileName('///'), 'report.csv');
});

const ANSWER = {
  zone: 'Europe/Berlin',
  headings: [
    { name: 'channel', title: 'Channel', unit: 'text', kind: 'dimension' },
    { name: 'isViewed', title: 'Media starts', unit: 'flag', kind: 'metric' },
  ],
  rows: [{ key: ['films'], values: [3], compared: [2] }, { key: [null], values: [1], compared: [null] }],
  totals: [4],
  buckets: [Date.UTC(2026, 2, 3, 12), Date.UTC(2026, 2, 3, 13)],
  totalSeries: [[1, 3]],
  compared: { totals: [2], buckets: [0, 1], totalSeries: [[2, 0]] },
} as unknown as Answer;

test('an answer is a table with the comparison beside each number', () => {
  const grid = rowsGrid(ANSWER);
  assert.deepEqual(grid.columns.map(({ title }) => title), ['Channel', 'Media starts', 'Media starts, compared']);
  assert.deepEqual(grid.rows, [['films', 3, 2], [null, 1, null]]);
  assert.deepEqual(seriesGrid(ANSWER).rows, [['2026-03-03 13:00:00', 1, 2], ['2026-03-03 14:00:00', 3, 0]]);
});

test('the line for a shell holds whatever was typed', () => {
  const request = { suite: "it's", range: { from: 1 } };
  assert.equal(curl('http://host', '/v1/reports', request, false), `curl -sS 'http://host/v1/reports' \\\n  -H 'Content-Type: application/json' \\\n  -d '{"suite":"it'\\''s","range":{"from":1}}'`);
  assert.match(curl('http://host', '/v1/reports', request, true), /Bearer \$TOKEN/);
});

test('a table is a query that gives it', () => {
  const grid = {
    columns: [{ title: 'Ti"tle', unit: 'text' }, { title: 'Starts', unit: 'count' }, { title: 'Starts', unit: 'count' }, { title: 'Rate', unit: 'ratio' }],
    rows: [["O'Neill", 3, null, 0.5], [null, 4, null, 1]],
  };
  assert.equal(tableQuery(grid), [
    'SELECT CAST(column1 AS VARCHAR) AS "Ti""tle", CAST(column2 AS BIGINT) AS "Starts", CAST(column3 AS BIGINT) AS "Starts 2", CAST(column4 AS DOUBLE) AS "Rate"',
    "FROM (VALUES ('O''Neill', 3, NULL, 0.5), (NULL, 4, NULL, 1))",
  ].join(' '));
});
