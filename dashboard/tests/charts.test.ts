import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bands, valueRange } from '../src/charts/plot-data';
import { sparkPath } from '../src/charts/spark-path';
import { timeMarks, unitText } from '../src/charts/ticks';

const utc = (text: string) => Date.parse(`${text}Z`);
const texts = (from: string, to: string, zone: string, most = 8) => timeMarks(utc(from), utc(to), zone, most).map(({ text }) => text);

test('marks stand at round times of the zone', () => {
  assert.deepEqual(texts('2026-03-03T10:20', '2026-03-03T11:20', 'UTC', 6), ['10:20', '10:30', '10:40', '10:50', '11:00', '11:10', '11:20']);
  assert.deepEqual(texts('2026-03-03T12:00', '2026-03-04T12:00', 'Asia/Kolkata'), ['18:00', '21:00', '4 Mar', '03:00', '06:00', '09:00', '12:00', '15:00']);
  assert.deepEqual(texts('2026-03-01T00:00', '2026-03-08T00:00', 'UTC'), ['1 Mar', '2 Mar', '3 Mar', '4 Mar', '5 Mar', '6 Mar', '7 Mar', '8 Mar']);
  assert.deepEqual(texts('2025-11-15T00:00', '2026-04-15T00:00', 'UTC'), ['Dec', '2026', 'Feb', 'Mar', 'Apr']);
  assert.deepEqual(texts('2010-06-01T00:00', '2026-01-01T00:00', 'UTC'), ['2012', '2014', '2016', '2018', '2020', '2022', '2024', '2026']);
});

test('a day of 23 or 25 hours has its marks where the clock says so', () => {
  assert.deepEqual(texts('2026-03-28T23:00', '2026-03-29T22:00', 'Europe/Berlin'), ['29 Mar', '03:00', '06:00', '09:00', '12:00', '15:00', '18:00', '21:00', '30 Mar']);
  assert.deepEqual(texts('2026-10-24T22:00', '2026-10-25T23:00', 'Europe/Berlin', 9), ['25 Oct', '03:00', '06:00', '09:00', '12:00', '15:00', '18:00', '21:00', '26 Oct']);
});

test('a unit of time is told as short as can be', () => {
  const at = utc('2026-03-03T11:00');
  assert.equal(unitText(at, 900_000, 'Europe/Berlin'), 'Tue 3 Mar, 12:00–12:15');
  assert.equal(unitText(utc('2026-03-02T23:00'), 86_400_000, 'Europe/Berlin'), 'Tue 3 Mar');
  assert.equal(unitText(utc('2026-03-02T00:00'), 7 * 86_400_000, 'UTC'), '2 Mar – 8 Mar 2026');
});

test('what may change is a line of its own that begins where the other ends', () => {
  const line = { title: 'now', values: [1, 2, 3], tone: 'a', format: String };
  const before = { ...line, title: 'before', style: 'before' as const };
  const drawn = bands([line, before], 2);
  assert.deepEqual(drawn.map(({ line: { title }, values, isPartial }) => [title, values, isPartial]), [
    ['before', [1, 2, 3], false],
    ['now', [1, 2, null], false],
    ['now', [null, 2, 3], true],
  ]);
  assert.equal(bands([line]).length, 1);
});

test('an axis begins at nothing, and has an extent without data', () => {
  assert.deepEqual(valueRange(5, 100), [0, 108]);
  assert.deepEqual(valueRange(null, null), [0, 1]);
  assert.deepEqual(valueRange(0, 0), [0, 1]);
});

test('a small line goes through all its values', () => {
  assert.equal(sparkPath([0, 2, 1], 100, 24), 'M0.0 22.0L50.0 2.0L100.0 12.0');
  assert.equal(sparkPath([0, 0], 100, 24), 'M0.0 22.0L100.0 22.0');
  assert.equal(sparkPath([3], 100, 24), 'M0 2.0H100');
});
