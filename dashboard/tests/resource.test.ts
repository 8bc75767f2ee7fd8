import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../src/api/client';
import { againAfter } from '../src/state/resource';

test('a busy server is asked again when it says, and less and less often', () => {
  const busy = new ApiError(429, 'busy', undefined, 2);
  assert.deepEqual([1, 2, 3, 9].map((refusals) => againAfter(busy, refusals, 0)), [2_000, 4_000, 8_000, 30_000]);
});

test('who does not answer is asked again soon, and a wrong question never', () => {
  assert.deepEqual([0, 3_000, 60_000].map((every) => againAfter(new ApiError(0, ''), 1, every)), [5_000, 3_000, 5_000]);
  assert.equal(againAfter(new ApiError(400, '', 'reports.time_max'), 1, 60_000), 0);
  assert.equal(againAfter(new ApiError(500, ''), 1, 60_000), 60_000);
});
