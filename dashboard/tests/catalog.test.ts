import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dimensionTitle, metricAbout, metricTitle, metricUnit, withTitles, type Catalog } from '../src/api/catalog';
import type { Answer } from '../src/api/report';

const CATALOG = {
  metrics: [
    { name: 'timeToStart', title: 'Time to start', unit: 's', rule: 'R8.4', scope: 'session', aggregate: 'sum' },
    { name: 'state.my state.time', title: 'my state total duration', unit: 's', rule: 'R7', scope: 'state', aggregate: 'sum' },
  ],
  calculatedMetrics: [{ name: 'contentCompletionRate', title: 'Content completion rate', unit: 'ratio', rule: 'R9.8', formula: 'isCompleted / isPlayed' }],
  dimensions: [{ name: 'channel', title: 'Content channel', scope: 'session', list: false }],
} as unknown as Catalog;

test('a metric says what it is, with its rule', () => {
  assert.equal(metricAbout(CATALOG, 'contentCompletionRate'), 'Content completion rate = isCompleted / isPlayed. Name contentCompletionRate, rule R9.8');
  assert.equal(metricAbout(CATALOG, 'timeToStart'), 'Time to start, summed over sessions, in seconds. Name timeToStart, rule R8.4');
  assert.equal(metricAbout(CATALOG, 'p95(timeToStart)'), 'Time to start, 95th percentile, in seconds. Name p95(timeToStart), rule R8.4');
  assert.equal(metricAbout(CATALOG, 'errorRate'), 'Streams with an error = hasErrorImpactedStreams / isViewed');
  assert.equal(metricAbout(CATALOG, 'nonsense'), 'nonsense');
});

test('statistics have a name and a unit of their own', () => {
  assert.equal(metricTitle(CATALOG, 'median(timeToStart)'), 'Time to start, median');
  assert.equal(metricTitle(CATALOG, 'p99(`state.my state.time`)'), 'my state total duration, 99th percentile');
  assert.equal(metricUnit(CATALOG, 'count(timeToStart)'), 'count');
  const headings = [
    { name: 'channel', title: 'Content channel', unit: 'text', kind: 'dimension' },
    { name: 'median(timeToStart)', title: 'Time to start', unit: 's', kind: 'metric' },
    { name: 'timePerVisitor', title: 'timePerVisitor', unit: 'number', kind: 'metric' },
    { name: 'mine', title: 'mine', unit: 'number', kind: 'metric' },
  ];
  const titled = withTitles(CATALOG, { headings } as Answer).headings.map(({ title, unit }) => `${title}: ${unit}`);
  assert.deepEqual(titled, ['Content channel: text', 'Time to start, median: s', 'Content time per visitor: s', 'mine: number']);
});

test('dimensions have names, custom ones and metrics too', () => {
  assert.equal(dimensionTitle(CATALOG, 'channel'), 'Content channel');
  assert.equal(dimensionTitle(CATALOG, 'ad.custom.league'), 'Custom: league');
  assert.equal(dimensionTitle(CATALOG, 'timeToStart'), 'Time to start');
});
