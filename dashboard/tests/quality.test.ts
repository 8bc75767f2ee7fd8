import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from '../src/api/report';
import { adFunnel } from '../src/panels/ads/funnel';
import { heat } from '../src/panels/audience/heat';
import { newAndReturning } from '../src/panels/audience/visitors';
import { cohorts } from '../src/panels/quality/cohorts';
import { readScore, SCORE, scoreFormula, writeScore } from '../src/panels/quality/score';
import { bins } from '../src/panels/report/bins';

const answer = (rows: [(string | null)[], (number | null)[]][], totals: number[] = []) =>
  ({ rows: rows.map(([key, values]) => ({ key, values })), totals }) as unknown as Answer;

test('a group is bad by what it costs beyond the rest', () => {
  const found = cohorts(answer([[['big'], [30, 900]], [['small'], [10, 50]], [['tiny'], [1, 1]], [['good'], [0, 49]]], [41, 1_000]), 5);
  assert.deepEqual(found.map(({ key, excess, rate, rest }) => [key[0], Math.round(excess * 100) / 100, rate, Math.round(rest * 1000) / 1000]), [
    ['small', 8.37, 0.2, 0.033],
  ]);
  assert.deepEqual(cohorts(answer([[['only'], [3, 10]]], [3, 10]), 0), []);
});

test('the score is a formula of reports', () => {
  const parts = [{ name: 'a', title: 'A', formula: 'x / y', weight: 20, threshold: 0.02 }, { name: 'b', title: 'B', formula: 'z / y', weight: 0, threshold: 0.1 }];
  assert.equal(scoreFormula(parts), 'max(0, 100 - 1000 * x / y)');
  assert.equal(scoreFormula([{ ...parts[0]!, weight: 1, threshold: 0.3 }]), 'max(0, 100 - 3.3333 * x / y)');
  assert.ok(scoreFormula(SCORE).length < 1_000);
});

test('what is tried with the score stands in the address, and nonsense changes nothing', () => {
  assert.deepEqual(writeScore(SCORE), []);
  const tried = readScore(['rebuffer:30:0.005']);
  assert.deepEqual(writeScore(tried), ['rebuffer:30:0.005']);
  for (const wrong of ['rebuffer:x:1', 'rebuffer:-1:0.1', 'rebuffer:1:0', 'rebuffer', 'nothing:1:1']) assert.deepEqual(readScore([wrong]), SCORE, wrong);
});

test('bins are told as people read them, without the empty ones at their ends', () => {
  const rows = answer([[['<0'], [0]], [['0-1'], [3]], [['1-5'], [0]], [['5-'], [2]], [[null], [4]]]);
  const { all, without } = bins(rows, (edge) => `${edge} s`);
  assert.deepEqual(all, [
    { title: '0 s up to 1 s', short: '0 s', sessions: 3 },
    { title: '1 s up to 5 s', short: '1 s', sessions: 0 },
    { title: '5 s and more', short: '≥ 5 s', sessions: 2 },
  ]);
  assert.equal(without, 4);
  assert.deepEqual(bins(answer([[['0-1'], [0]]]), String).all, []);
});

test('the way of ads has its parts of the right whole', () => {
  const steps = adFunnel(answer([], [10, 30, 24]), answer([], [6]), answer([], [12]));
  assert.deepEqual(steps.map(({ title, value, of }) => [title, value, of]), [
    ['Streams', 10, 10], ['with an ad', 6, 10], ['Breaks begun', 12, 12], ['Ads started', 30, 30], ['completed', 24, 30], ['skipped or left', 6, 30],
  ]);
});

test('new visitors are those who raise the number of all', () => {
  assert.deepEqual(newAndReturning(10, 100, 104), { all: 10, fresh: 4, returning: 6 });
  assert.deepEqual(newAndReturning(10, 0, 10), { all: 10, fresh: 10, returning: 0 });
  assert.deepEqual(newAndReturning(10, 1_000, 990), { all: 10, fresh: 0, returning: 10 });
});

test('hours of the week lie where they belong', () => {
  const { values, most } = heat(answer([[['Monday', '0'], [1]], [['Sunday', '23'], [7]], [[null, '3'], [9]], [['Monday', null], [9]]]));
  assert.equal(values[0]![0], 1);
  assert.equal(values[6]![23], 7);
  assert.equal(most, 7);
});
