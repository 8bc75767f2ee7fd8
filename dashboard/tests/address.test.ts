import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchParameters } from '../src/pages/search';
import { formatAddress, parseAddress, toPage, withFilters } from '../src/state/address';

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
  assert.deepEqual(searchParameters('019CAFB4fd'), { sid: '019cafb4fd' });
  assert.deepEqual(searchParameters('0198'), { content: '0198' });
  assert.deepEqual(searchParameters('harbour lights'), { content: 'harbour lights' });
  assert.deepEqual(searchParameters(undefined), {});
});
