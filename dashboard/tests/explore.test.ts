import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byUnit, exploration, exploreFields, readMetric, writeMetric } from '../src/panels/explore/ask';
import { find } from '../src/ui/find';

test('what was put together is written into the address and read again', () => {
  for (const metric of ['timePlayed', 'p95(timeToStart)', { name: 'share', formula: 'ad.timePlayed / timePlayed' }]) {
    assert.deepEqual(readMetric(writeMetric(metric)), metric);
  }
  const it = exploration({ own: { m: ['isViewed', 'x:=a / b'], d: ['channel'], by: ['day'], as: ['chart'], segment: ['live'] } });
  assert.deepEqual(it, {
    report: 'table', metrics: ['isViewed', { name: 'x', formula: 'a / b' }], dimensions: ['channel'], granularity: 'day', segment: 'live', as: 'chart',
  });
});

test('a table asks for rows, a chart for units of time, a panel for nothing else', () => {
  const table = exploration({ own: { m: ['isViewed', 'visitors'], d: ['channel'] } });
  assert.deepEqual(exploreFields(table, '-visitors', 'hour'), {
    metrics: ['isViewed', 'visitors'], dimensions: ['channel'], limit: 100, order: { by: 'visitors', direction: 'descending' }, isCompared: true,
  });
  assert.deepEqual(exploreFields(table, '-gone', 'hour').order, undefined);
  assert.deepEqual(exploreFields(exploration({ own: {} }), '', 'hour'), { metrics: ['isViewed', 'visitors', 'timePlayed'], granularity: 'hour', isCompared: true });
  assert.deepEqual(exploreFields({ ...table, as: 'chart' }, '', 'hour'), { metrics: ['isViewed', 'visitors'], dimensions: ['channel'], limit: 6, granularity: 'hour', isCompared: true });
  assert.deepEqual(exploreFields(exploration({ own: { report: ['tenths'], m: ['x'], by: ['day'] } }), '', 'hour'), { report: 'tenths' });
  assert.deepEqual(exploreFields(exploration({ own: { report: ['histogram'], m: ['timePlayed', 'x'] } }), '', 'hour'), { report: 'histogram', metrics: ['timePlayed'] });
});

test('metrics of one unit share a chart', () => {
  assert.deepEqual(byUnit(['count', 's', 'count', 'share']), [[0, 2], [1], [3]]);
});

test('a few letters find a name, those that begin with them first', () => {
  const choices = [
    { name: 'hasErrorImpactedStreams', title: 'Error impacted streams' },
    { name: 'playerSdkErrors', title: 'Player SDK error IDs' },
    { name: 'timePlayed', title: 'Content time spent' },
  ];
  assert.deepEqual(find(choices, 'err').map(({ name }) => name), ['hasErrorImpactedStreams', 'playerSdkErrors']);
  assert.deepEqual(find(choices, 'spent time').map(({ name }) => name), ['timePlayed']);
  assert.deepEqual(find(choices, 'timepl').map(({ name }) => name), ['timePlayed']);
  assert.equal(find(choices, 'nothing').length, 0);
  assert.equal(find(choices, ' ').length, 3);
});
