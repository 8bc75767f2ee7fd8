import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_RANGE, formatRange, parseRange, PRESETS, rangeTitle, resolveRange } from '../src/state/ranges';

const utc = (text: string) => Date.parse(`${text}Z`);
const NOW = utc('2026-03-29T10:00:00');

test('presets are counted from now, in the zone', () => {
  const of = (preset: (typeof PRESETS)[number], zone = 'Europe/Berlin') => resolveRange({ preset }, NOW, zone);
  assert.deepEqual(of('1h'), { from: NOW - 3_600_000 });
  assert.deepEqual(of('24h'), { from: NOW - 86_400_000 });
  assert.deepEqual(of('today'), { from: utc('2026-03-28T23:00:00') });
  assert.deepEqual(of('today', 'UTC'), { from: utc('2026-03-29T00:00:00') });
  assert.deepEqual(of('yesterday'), { from: utc('2026-03-27T23:00:00'), to: utc('2026-03-28T23:00:00') });
  assert.deepEqual(of('7d'), { from: utc('2026-03-22T23:00:00') });
  assert.deepEqual(of('all'), {});
});

test('days are whole, and both are included', () => {
  const range = { first: '2026-03-28', last: '2026-03-29' };
  // The second of them has 23 hours.
  assert.deepEqual(resolveRange(range, NOW, 'Europe/Berlin'), { from: utc('2026-03-27T23:00:00'), to: utc('2026-03-29T22:00:00') });
  assert.equal(rangeTitle(range), '2026-03-28 to 2026-03-29');
  assert.equal(rangeTitle({ first: '2026-03-28', last: '2026-03-28' }), '2026-03-28');
});

test('what is written is read again, and nonsense is the default', () => {
  for (const preset of PRESETS) assert.deepEqual(parseRange(formatRange({ preset })), { preset });
  const days = { first: '2026-03-01', last: '2026-03-07' };
  assert.deepEqual(parseRange(formatRange(days)), days);
  for (const wrong of [null, '', '5y', '2026-03-07..2026-03-01', '2026-02-30..2026-03-01', '..']) {
    assert.deepEqual(parseRange(wrong), DEFAULT_RANGE, String(wrong));
  }
});
