import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Catalog } from '../src/api/catalog';
import { livePath, splitBy, takeEvents, type LiveCounts, type LiveCurve, type LiveFrame } from '../src/api/live';
import { bands } from '../src/charts/plot-data';
import { LIVE_MEASURES, liveLines, noted, SECONDS_MAX } from '../src/panels/now/history';
import { liveQuestion } from '../src/panels/now/question';

const measure = (name: string) => LIVE_MEASURES.find((measure) => measure.name === name)!;

/** A curve whose numbers are those given, each a second. */
function curve(from: number, values: number[], provisionalFrom = from): LiveCurve {
  return {
    from, provisionalFrom, sessions: values, viewers: values, starts: values, contentStarts: values, startFailures: values,
    playbackFailures: values, active: values, activeViewers: values, buffering: values.map((value) => value / 2),
  };
}
const frame = (at: number, curve: LiveCurve | null, viewers = 0): LiveFrame => ({ at, complete: true, totals: { viewers } as LiveCounts, curve });

test('events are taken whole, however they come', () => {
  const first = takeEvents('data: {"a":1}\n\ndata: {"b"');
  assert.deepEqual(first, { events: ['{"a":1}'], rest: 'data: {"b"' });
  assert.deepEqual(takeEvents(`${first.rest}:2}\n\n: nothing\n\n`), { events: ['{"b":2}'], rest: '' });
});

test('what is newer replaces what it overlaps', () => {
  const first = noted(undefined, frame(5_000, curve(1_000, [1, 2, 3, 4])));
  const next = noted(first, frame(7_000, curve(4_000, [40, 50, 60], 3_000)));
  assert.deepEqual(next.curve!.sessions, [1, 2, 3, 40, 50, 60]);
  assert.equal(next.curve!.provisionalFrom, 3_000);
  // Behind a gap nothing is made up.
  assert.deepEqual(noted(next, frame(90_000, curve(88_000, [7, 8]))).curve!.sessions, [7, 8]);
});

test('no more is kept than the server keeps', () => {
  const full = noted(undefined, frame(0, curve(0, Array.from({ length: SECONDS_MAX }, (_, second) => second))));
  const next = noted(full, frame(0, curve(1_000 * (SECONDS_MAX - 1), [-1, -2])));
  assert.equal(next.curve!.sessions.length, SECONDS_MAX);
  assert.equal(next.curve!.from, 1_000);
  assert.deepEqual(next.curve!.sessions.slice(0, 1), [1]);
  assert.deepEqual(next.curve!.sessions.slice(-2), [-1, -2]);
});

test('without a curve what was seen is one', () => {
  const seen = noted(noted(undefined, frame(1_000, null, 3)), frame(2_000, null, 4));
  assert.deepEqual(liveLines(seen, measure('viewers')), { x: [0, 1_000], lines: [{ title: 'Active viewers', values: [3, 4] }] });
  // The same second again, after a new connection.
  assert.deepEqual(liveLines(noted(seen, frame(2_000, null, 5)), measure('viewers')).lines[0]!.values, [3, 5]);
});

test('a minute of starts is the sum of its seconds', () => {
  const history = noted(undefined, frame(0, curve(0, Array.from({ length: 62 }, (_, second) => (second < 2 ? 10 : 1)))));
  const { lines } = liveLines(history, measure('starts'));
  assert.equal(lines[0]!.values[58], null);
  assert.deepEqual(lines[0]!.values.slice(59), [78, 69, 60]);
});

test('buffering is a share of those who are active, and nothing where nobody is', () => {
  const history = noted(undefined, frame(0, curve(0, [0, 4])));
  assert.deepEqual(liveLines(history, measure('bufferingShare')).lines[0]!.values, [null, 0.5]);
});

test('only what may still grow is drawn apart', () => {
  const history = noted(undefined, frame(0, curve(0, [1, 2, 3], 2_000)));
  const { lines } = liveLines(history, measure('viewers'));
  const drawn = bands(lines.map((line) => ({ ...line, tone: '', format: String })));
  assert.deepEqual(drawn.map(({ values, isPartial }) => [values, isPartial]), [
    [[1, 2, 3], false], [[1, 2, null], false], [[null, 2, 3], true],
  ]);
});

test('a question holds what the stream can be asked', () => {
  const catalog = { dimensions: [{ name: 'channel', live: true }, { name: 'country', live: true }, { name: 'visitor', live: false }] } as unknown as Catalog;
  const question = liveQuestion(catalog, 'shop', ['name', 'channel', 'name'], [
    { name: 'channel', way: 'is', value: 'a:b' }, { name: 'country', way: 'none', value: '' }, { name: 'visitor', way: 'is', value: 'x' }, { name: 'channel', way: 'contains', value: 'y' },
  ], 'exclude');
  assert.equal(livePath(question), '/v1/live?suite=shop&by=name&by=channel&top=10&filter=channel%3Aa%3Ab&filter=country%3A&filter=isBot%3Afalse');
});

test('each dimension has its groups', () => {
  const told = { ...frame(0, null), groups: [], groupCount: 0, splits: [{ by: 'channel', groups: [], groupCount: 5 }] };
  assert.equal(splitBy(told, 'name', 'name')!.groupCount, 0);
  assert.equal(splitBy(told, 'name', 'channel')!.groupCount, 5);
  assert.equal(splitBy(told, 'name', 'device'), undefined);
});
