import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcomes, PlayerCounts, Session, Values } from '../src/api/types';
import { REFUSED, RULES } from '../src/panels/health/advice';
import { findings } from '../src/panels/health/findings';
import { pinglessSql } from '../src/panels/health/pings';
import { narrowed, refusedSum } from '../src/panels/health/ledger';

const row = (player: string, counts: Partial<PlayerCounts>): PlayerCounts => ({
  suite: 'shop', player, sdkVersion: '1', received: 100, refused: {}, acknowledged: 100, settled: {}, held: 0, rules: {}, ...counts,
});

const ledger = (byPlayer: PlayerCounts[], samples: Outcomes['refusedSamples'] = []): Outcomes =>
  ({ byPlayer, refusedSamples: samples, total: row('', {}) });

const session = (sid: string, values: Values, rest: Partial<Session> = {}): Session => ({
  sid, state: 'closed', provisional: false, startedAt: 1_000_000, ads: [], chapters: [], states: {},
  session: {
    reportSuite: 'shop', playerName: 'web', appVersion: '1', visitor: 'v', length: 60, contentType: 'vod',
    startTs: 1_000_000, endTs: 1_060_000, closeReason: 'sessionEnd', timePlayed: 60, ...values,
  },
  ...rest,
});

const titles = (outcomes: Outcomes, sessions: Session[] = []) => findings(outcomes, sessions).map(({ advice }) => advice.title);

test('good players have no findings', () => {
  assert.deepEqual(findings(ledger([row('web', { settled: { accepted: 100 } })]), [session('a', {})]), []);
});

test('refusals come with their own samples, and the worst comes first', () => {
  const sample = (player: string, outcome: string) =>
    ({ at: 0, suite: 'shop', player, sdkVersion: '1', outcome, message: 'm', body: '{}', bodyBytes: 2 });
  const outcomes = ledger(
    [row('web', { rules: { 'R2.2': 1, 'R5.2 outside a break': 3 } }), row('tv', { refused: { invalid: 40, too_large: 0 } })],
    [sample('tv', 'invalid'), sample('tv', 'too_large'), sample('web', 'invalid')],
  );
  const found = findings(outcomes, []);
  assert.deepEqual(found.map(({ advice }) => advice.title), [REFUSED.invalid!.title, RULES['R5.2 outside a break']!.title, RULES['R2.2']!.title]);
  assert.deepEqual(found[0]!.samples.map(({ player, outcome }) => [player, outcome]), [['tv', 'invalid']]);
  assert.equal(found[1]!.ledgerRule, 'R5.2 outside a break');
});

test('a few late events are the life of a network, many are not', () => {
  const late = (count: number) => findings(ledger([row('web', { rules: { 'R2.4': count } })]), [])[0]!.severity;
  assert.equal(late(1), 'info');
  assert.equal(late(2), 'warn');
});

test('sessions show what single events do not', () => {
  const none = ledger([]);
  assert.deepEqual(titles(none, [session('a', { closeReason: 'timeout-no-events', endTs: 1_000_000 })]), ['Sessions with a start and nothing else']);
  assert.deepEqual(titles(none, [session('a', { closeReason: 'timeout-no-events' })]), ['Sessions that fall silent']);
  assert.deepEqual(titles(none, [session('a', { closeReason: 'timeout-no-playhead-change' })]), ['Playheads that stand still']);
  assert.deepEqual(titles(none, [session('a', { stallTime: 50, timePlayed: 10 })]), ['Playheads that stand still']);
  assert.deepEqual(titles(none, [session('a', { startTs: 1_061_000 })]), ['Clocks that are wrong']);
  assert.deepEqual(titles(none, [session('a', { startTs: 1_061_000, isDownloaded: true })]), []);
  assert.deepEqual(titles(none, [session('a', { length: 0 })]), ['Recordings without a length']);
  assert.deepEqual(titles(none, [session('a', { visitor: undefined })]), ['Sessions without a visitor']);
});

test('sessions are counted for each player and version, with a few to look at', () => {
  const skewed = ['a', 'b', 'c', 'd'].map((sid) => session(sid, { startTs: 0 }));
  const found = findings(ledger([]), [...skewed, session('e', { appVersion: '2' })]);
  assert.deepEqual(found.map(({ count, of, sids }) => [count, of, sids]), [[4, 4, ['a', 'b', 'c']]]);
  assert.equal(found[0]!.who.sdkVersion, '1');
});

test('a filtered ledger has a total of its own', () => {
  const outcomes = ledger([row('web', { refused: { invalid: 2, too_large: 1 } }), row('tv', { received: 7 })]);
  const part = narrowed(outcomes, { player: 'web' });
  assert.equal(part.total.received, 100);
  assert.equal(refusedSum(part.total), 3);
  assert.equal(narrowed(outcomes, {}).total.received, 107);
});

test('sessions whose pings are missing are found where the events said so', () => {
  const sessions = [session('a', {}), session('b', {})];
  const [found] = findings(ledger([]), sessions, new Set(['b']));
  assert.deepEqual([found?.advice.title, found?.count, found?.of, found?.sids], ['Pings that are missing', 1, 2, ['b']]);
  assert.match(pinglessSql(sessions)!, /sid IN \('a', 'b'\)/);
  assert.equal(pinglessSql([session('c', {}, { state: 'open' }), session('d', { isDownloaded: true })]), undefined);
});
