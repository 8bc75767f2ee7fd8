import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeTicks } from '../src/charts/axis';
import { bitrate, bytes, duration, moment, position, share, short, value } from '../src/ui/format';
import { sortRows, toggleSort } from '../src/ui/sort';
import { valueText } from '../src/ui/value-text';

test('durations are read aloud', () => {
  const read = [0, 0.35, 9.5, 45, 59.6, 60, 200, 3_600, 5_400, 90_061, -45].map(duration);
  assert.deepEqual(read, ['0 s', '0.35 s', '9.5 s', '45 s', '1 min', '1 min', '3 min 20 s', '1 h', '1 h 30 min', '1 d 1 h', '−45 s']);
});

test('places in a recording read like a player shows them', () => {
  assert.deepEqual([0, 45, 3_723, 59.96].map((at) => position(at)), ['0:00', '0:45', '1:02:03', '0:59']);
  assert.deepEqual([0, 12.34, 59.96].map((at) => position(at, true)), ['0:00.0', '0:12.3', '0:59.9']);
});

test('shares say when they are small', () => {
  assert.deepEqual([share(0, 10), share(1, 3_000), share(1, 40), share(1, 3), share(1, 0)], ['0 %', '< 0.1 %', '2.5 %', '33 %', '–']);
});

test('values have their unit', () => {
  assert.equal(value(29, 's'), '29 s');
  assert.equal(value(3_897, 'kbps'), '3.9 Mbit/s');
  assert.equal(value(0.04833, 'ratio'), '0.05');
  assert.equal(value(true, 'flag'), 'yes');
  assert.equal(value(null, 's'), '–');
  assert.equal(value([], 'list'), '–');
  assert.equal(value(['a', 'b'], 'list'), 'a, b');
  assert.equal(bitrate(800), '800 kbit/s');
  assert.equal(bytes(2_048), '2 KiB');
});

test('a long text is cut between characters', () => {
  assert.equal(short('🎬'.repeat(10), 4), '🎬🎬🎬…');
  assert.equal(short('film', 4), 'film');
  assert.equal([...short('x'.repeat(10_000), 60)].length, 60);
});

test('a moment of today needs no day', () => {
  const now = Date.UTC(2026, 2, 3, 12);
  assert.equal(moment(now - 60_000, 'UTC', now), '11:59:00');
  assert.equal(moment(now - 86_400_000, 'UTC', now), '2026-03-02 12:00:00');
});

test('ticks stand on round numbers', () => {
  assert.deepEqual(timeTicks(0, 60, 8), [0, 10, 20, 30, 40, 50, 60]);
  assert.deepEqual(timeTicks(7, 18, 8), [8, 10, 12, 14, 16, 18]);
  assert.ok(timeTicks(0, 90_000, 8).length <= 9);
});

test('rows are sorted by what they are, and those without a value stand last', () => {
  const rows = [{ n: 10 }, { n: null }, { n: 9 }];
  const columns = [{ name: 'n', sortBy: (row: { n: number | null }) => row.n }];
  assert.deepEqual(sortRows(rows, columns, 'n').map(({ n }) => n), [9, 10, null]);
  assert.deepEqual(sortRows(rows, columns, '-n').map(({ n }) => n), [10, 9, null]);
  assert.equal(sortRows(rows, columns, 'other'), rows);
  assert.deepEqual(['', '-n', 'n'].map((sort) => toggleSort(sort, 'n', true)), ['-n', 'n', '']);
});

test('countries have their names', () => {
  assert.deepEqual([valueText('country', 'DE'), valueText('country', 'QQ'), valueText('country', 'x'), valueText('channel', 'DE')], ['Germany', 'QQ', 'x', 'DE']);
});
