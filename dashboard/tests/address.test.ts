import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditions, formatAddress, parseAddress, toPage, withCondition, withFilters, withoutCondition } from '../src/state/address';
import { searchFilter } from '../src/state/search';

const read = (link: string) => {
  const url = new URL(link, 'http://localhost');
  return parseAddress(url.pathname, url.search);
};

test('an address is written as it was read', () => {
  for (const link of [
    '/sessions',
    '/sessions?suite=shop&player=web+player&range=7d',
    '/sessions?search=%3Cscript%3E&state=open&sort=-timePlayed',
    '/health?suite=%E6%9D%B1%E4%BA%AC&zone=Europe%2FBerlin',
    '/sessions?range=2026-03-01..2026-03-07',
    '/content?title=a%2F..%2F%3Cb%3E&chart=visitors&f.channel=is.films&compare=lastWeek&bots=exclude',
    '/quality?compare=segment%3AlivingRoom',
    '/explore?m=isViewed&m=share%3A%3Da+%2F+b&d=channel&d=country&by=day&as=chart&f.timePlayed=more.30',
  ]) {
    assert.equal(formatAddress(read(link)), link);
  }
});

test('the default range and what nobody knows leave no trace', () => {
  assert.equal(formatAddress(read('/sessions?range=24h&utm_source=x')), '/sessions');
});

test('suite, player, version and time follow to another page, the rest does not', () => {
  const from = read('/sessions?suite=a&player=b&sdk=c&search=d&state=open&range=7d&zone=UTC&sort=x');
  assert.equal(formatAddress(toPage(from, '/health')), '/health?suite=a&player=b&sdk=c&range=7d&zone=UTC');
  assert.equal(formatAddress(toPage(from, '/sessions', { visitor: 'v', player: '' })), '/sessions?suite=a&sdk=c&visitor=v&range=7d&zone=UTC');
});

test('an empty filter is no filter', () => {
  assert.equal(formatAddress(withFilters(read('/sessions?suite=a&search=b'), { search: '' })), '/sessions?suite=a');
});

test('hexadecimal digits are the beginning of an id, all else is content', () => {
  assert.deepEqual(searchFilter('019CAFB4fd'), [{ dimension: 'ID', op: 'startsWith', value: '019cafb4fd' }]);
  assert.deepEqual(searchFilter('0198'), [{ dimension: 'friendlyName', op: 'regex', value: '(?i)0198' }]);
  assert.deepEqual(searchFilter('lights (1)'), [{ dimension: 'friendlyName', op: 'regex', value: '(?i)lights \\(1\\)' }]);
  assert.deepEqual(searchFilter(undefined), []);
});

test('conditions, comparison and bots follow to another page, what a page keeps for itself does not', () => {
  const from = read('/explore?m=isViewed&d=channel&f.channel=is.films&compare=previous&bots=only');
  assert.equal(formatAddress(toPage(from, '/content')), '/content?f.channel=is.films&compare=previous&bots=only');
});

test('a condition on player or version is the filter that all pages know', () => {
  const from = read('/content?f.playerName=is.web&f.channel=not.films');
  assert.equal(formatAddress(from), '/content?player=web&f.channel=not.films');
  assert.deepEqual(conditions(from), [
    { name: 'playerName', way: 'is', value: 'web' },
    { name: 'channel', way: 'not', value: 'films' },
  ]);
});

test('a condition is there once, and can be taken away', () => {
  const condition = { name: 'channel', way: 'is', value: 'films' } as const;
  const once = withCondition(read('/content'), condition);
  assert.equal(formatAddress(withCondition(once, { ...condition })), '/content?f.channel=is.films');
  assert.equal(formatAddress(withoutCondition(once, condition)), '/content');
});
