import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONDITIONS_MAX, formatCondition, parseConditions, toFilter, WAYS, type Condition, type WayName } from '../src/state/where';

test('conditions are written into an address and read again, whatever their text', () => {
  const values = ['films', 'a.b', 'is.x', '=&?#', 'שלום', '<script>', ' '];
  const all: Condition[] = values.flatMap((value): Condition[] => [
    { name: 'channel', way: 'is', value },
    { name: `custom.${value}`, way: 'lacks', value },
  ]);
  all.push({ name: 'country', way: 'none', value: '' }, { name: 'timePlayed', way: 'least', value: '30' });
  const query = new URLSearchParams(all.map(formatCondition));
  assert.deepEqual(parseConditions(new URLSearchParams(query.toString())), all);
  assert.equal(new URLSearchParams([formatCondition({ name: 'channel', way: 'is', value: 'films' })]).toString(), 'f.channel=is.films');
});

test('what is no condition is left out', () => {
  for (const wrong of ['f.channel=', 'f.channel=is', 'f.channel=is.', 'f.=is.x', 'channel=is.x', 'f.timePlayed=more.many', 'f.x=toString.y']) {
    assert.deepEqual(parseConditions(new URLSearchParams(wrong)), [], wrong);
  }
  const many = new URLSearchParams(Array.from({ length: 200 }, (_, number) => ['f.name', `is.${number}`]));
  assert.equal(parseConditions(many).length, CONDITIONS_MAX);
});

test('each way of comparing is a filter of the API', () => {
  const filter = (way: WayName, value = 'x') => toFilter({ name: 'n', way, value });
  assert.deepEqual(filter('is'), { dimension: 'n', op: '=', value: 'x' });
  assert.deepEqual(filter('lacks'), { dimension: 'n', op: 'contains', value: 'x', not: true });
  assert.deepEqual(filter('any', ''), { dimension: 'n', op: 'null', value: null, not: true });
  assert.deepEqual(filter('more', '1.5'), { metric: 'n', op: '>', value: 1.5 });
  assert.equal(new Set(Object.keys(WAYS).map((way) => JSON.stringify(filter(way as WayName, '1')))).size, Object.keys(WAYS).length);
});
