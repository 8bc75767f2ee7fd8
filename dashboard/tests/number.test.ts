import assert from 'node:assert/strict';
import { test } from 'node:test';
import { change, isBadWhenUp, number, onAxis } from '../src/ui/number';

test('numbers read as people read them, by unit', () => {
  assert.equal(number(12_345, 'count'), '12,345');
  assert.equal(number(5_400, 's'), '1 h 30 min');
  assert.equal(number(2_500, 'kbps'), '2.5 Mbit/s');
  assert.equal(number(0.834, 'ratio', 'contentCompletionRate'), '83 %');
  assert.equal(number(1.25, 'ratio', 'adsPerMediaStream'), '1.25');
  assert.equal(number(124.512, 'ratio', 'averageMinuteAudience'), '124.51');
  assert.equal(number(null, 'ratio', 'contentCompletionRate'), '–');
  assert.equal(number(0, 'count'), '0');
});

test('an axis has little room', () => {
  assert.equal(onAxis(12_500, 'count'), '12.5k');
  assert.equal(onAxis(250, 'count'), '250');
  assert.equal(onAxis(0.5, 'ratio', 'adCompletionRate'), '50 %');
  assert.equal(onAxis(7_200_000, 's'), '2k h');
  assert.equal(onAxis(90, 's'), '1 min 30 s');
});

test('a change is in per cent, that of a share in points', () => {
  assert.deepEqual(change(150, 100, 'count'), { text: '50 %', direction: 'up' });
  assert.deepEqual(change(99, 100, 'count'), { text: '1.0 %', direction: 'down' });
  assert.deepEqual(change(5, 0, 'count'), { text: 'new', direction: 'up' });
  assert.deepEqual(change(0, 0, 'count'), { text: '0 %', direction: 'same' });
  assert.deepEqual(change(2_000, 100, 'count'), { text: '× 20', direction: 'up' });
  assert.deepEqual(change(0.83, 0.8, 'ratio', 'contentCompletionRate'), { text: '3.0 points', direction: 'up' });
  assert.deepEqual(change(0.8001, 0.8, 'ratio', 'contentCompletionRate'), { text: '0 points', direction: 'same' });
  assert.equal(change(null, 3, 'count'), null);
  assert.ok(isBadWhenUp('median(timeToStart)') && isBadWhenUp('errorRate') && !isBadWhenUp('timePlayed'));
});
