import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call, Explanation, Metric, Session, Span } from '../src/api/types';
import { groups, isNothing } from '../src/panels/session/groups';
import { lanes, metricLane, playheads } from '../src/panels/session/lanes';

const call = (number: number, at: number, playhead: number, rest: Partial<Call> = {}): Call => ({
  number, position: number, type: 'ping', clientTime: 1_000 + at, serverTime: at, appliedTime: 1_000 + at, playhead, outcome: 'accepted', rule: '', why: '',
  effect: [], order: number, after: { player: 'playing', context: 'main', inChapter: false, playhead }, ...rest,
});
const span = (from: number, to: number, countsAs: Span['countsAs'], rest: Partial<Span> = {}): Span =>
  ({ from: 1_000 + from, to: 1_000 + to, ms: to - from, fromEvent: 0, toEvent: 1, countsAs, ...rest });
const metric = (name: string, reported: Metric['reported'], rest: Partial<Metric> = {}): Metric =>
  ({ name, title: name, unit: 'count', rule: 'R', reported, parts: [], events: [], because: '', ...rest });

const session: Session = { sid: 's', state: 'closed', provisional: false, session: {}, ads: [{ friendlyName: 'Spot' }], chapters: [{ index: 7 }], states: {} };
const explanation: Explanation = {
  sid: 's', state: 'closed', provisional: false, started: 1_000, ended: 21_000, closing: null,
  events: [
    call(0, 0, 0, { type: 'sessionStart' }),
    call(1, 9_000, 9, { order: 2 }),
    call(2, 5_000, 5, { order: 1 }),
    call(3, 9_000, 9, { outcome: 'duplicate', order: null, appliedTime: null, after: null }),
    call(4, 12_000, 9, { type: 'error', order: 3 }),
  ],
  spans: [
    span(0, 5_000, 'content', { bitrate: 1_000 }),
    span(5_000, 10_000, 'content', { bitrate: 4_000, chapter: 0 }),
    span(10_000, 15_000, 'ad', { ad: 0 }),
    span(15_000, 20_000, 'buffering'),
  ],
  metrics: [metric('state.mute.time', 3, { state: 'mute', parts: [{ from: 3_000, to: 6_000, ms: 3_000 }] })],
};

test('lanes hold what happened, and no lane is empty', () => {
  const found = Object.fromEntries(lanes(explanation, session).map((lane) => [lane.name, lane.blocks.map(({ from, to, text }) => [from, to, text])]));
  assert.deepEqual(Object.keys(found), ['player', 'waiting', 'bitrate', 'ads', 'chapters', 'state-mute', 'errors', 'calls']);
  // Neighbours that are the same are one.
  assert.deepEqual(found.player, [[0, 10_000, 'playing'], [10_000, 15_000, 'ad'], [15_000, 20_000, 'buffering']]);
  assert.deepEqual(found.ads, [[10_000, 15_000, 'Spot']]);
  assert.deepEqual(found.chapters, [[5_000, 10_000, 'Chapter 7']]);
  assert.deepEqual(found['state-mute'], [[2_000, 5_000, 'mute for 3 s']]);
  assert.deepEqual(found.errors, [[12_000, 12_000, '#4 error at 0:12.0']]);
  assert.equal(found.calls!.length, 5);
});

test('the bitrate is drawn by its height', () => {
  const bitrate = lanes(explanation, session).find(({ name }) => name === 'bitrate')!;
  assert.deepEqual(bitrate.blocks.map(({ height, text }) => [height, text]), [[0.25, '1 Mbit/s'], [1, '4 Mbit/s']]);
});

test('the playhead follows the order in which calls were applied, and leaves out the others', () => {
  assert.deepEqual(playheads(explanation).map(({ playhead }) => playhead), [0, 5, 9, 9]);
});

test('a metric shows its intervals and its calls', () => {
  const lane = metricLane(metric('pauseCount', 1, { events: [4], parts: [{ from: 1_000, to: 3_000 }] }), explanation);
  assert.deepEqual(lane.blocks.map(({ from, to }) => [from, to]), [[0, 2_000], [12_000, 12_000]]);
});

test('metrics stand where people look for them', () => {
  const metrics = ['timePlayed', 'hasProgress10', 'bufferTime', 'pauseTime', 'authorized', 'errorCount', 'adCount'].map((name) => metric(name, 1));
  const found = groups([...metrics, metric('ad.timePlayed', 3, { ad: 0 })], session);
  assert.deepEqual(found.map(({ title, metrics }) => [title, metrics.map(({ name }) => name)]), [
    ['Watching', ['timePlayed']],
    ['Progress', ['hasProgress10']],
    ['Quality', ['bufferTime', 'errorCount']],
    ['Pauses', ['pauseTime']],
    ['Ads and chapters', ['adCount']],
    ['Other', ['authorized']],
    ['Ad 1: Spot', ['ad.timePlayed']],
  ]);
  assert.deepEqual([null, 0, false, [], '', 1, 'x', true].map((reported) => isNothing(metric('m', reported))), [true, true, true, true, true, false, false, false]);
});
