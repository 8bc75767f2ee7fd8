import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstUnit } from '../src/state/first-unit';
import { granularityFor, question, type Scope } from '../src/state/question';

const SCOPE: Scope = { suite: 'shop', from: 1_000, zone: 'Europe/Berlin', conditions: [], compare: '', bots: 'include' };
const HOUR = 3_600_000;

test('a range up to now counts those who still watch, one that is over does not', () => {
  assert.deepEqual(question(SCOPE, { metrics: ['isViewed'] }), {
    suite: 'shop', range: { from: 1_000 }, zone: 'Europe/Berlin', metrics: ['isViewed'], includeOpen: true,
  });
  assert.deepEqual(question({ ...SCOPE, to: 2_000 }, { metrics: ['isViewed'] }), {
    suite: 'shop', range: { from: 1_000, to: 2_000 }, zone: 'Europe/Berlin', metrics: ['isViewed'],
  });
});

test('what is looked at goes into every report, and the comparison only where it is wanted', () => {
  const scope: Scope = { ...SCOPE, conditions: [{ name: 'channel', way: 'is', value: 'films' }], compare: 'lastWeek', bots: 'exclude' };
  const asked = question(scope, { metrics: ['isViewed'], filters: [{ dimension: 'name', value: 'a' }], isCompared: true });
  assert.deepEqual(asked.filters, [{ dimension: 'channel', op: '=', value: 'films' }, { dimension: 'name', value: 'a' }]);
  assert.deepEqual(asked.compare, { period: 'lastWeek' });
  assert.equal(asked.bots, 'exclude');
  const panel = question(scope, { report: 'retention' });
  assert.equal(panel.compare, undefined);
  assert.equal(panel.bots, 'exclude');
});

test('the unit of time suits the range', () => {
  assert.equal(granularityFor(0, HOUR), 'minute');
  assert.equal(granularityFor(0, 24 * HOUR), '15minutes');
  assert.equal(granularityFor(0, 7 * 24 * HOUR), 'hour');
  assert.equal(granularityFor(0, 30 * 24 * HOUR), 'day');
  assert.equal(granularityFor(0, 365 * 24 * HOUR), 'week');
  assert.equal(granularityFor(0, 24 * HOUR, 50), '30minutes');
  assert.equal(granularityFor(0, 2_000 * 365 * 24 * HOUR), 'year');
});

test('all time begins with the first month that has something', () => {
  assert.equal(firstUnit({ buckets: [1, 2, 3], totalSeries: [[0, null, 4]] }), 3);
  assert.equal(firstUnit({ buckets: [1], totalSeries: [[0]] }), undefined);
  assert.equal(firstUnit({}), undefined);
});
