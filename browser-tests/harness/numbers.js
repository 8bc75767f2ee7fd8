import assert from 'node:assert/strict';

/** Asserts what stands in `expected`; what else there is in `actual` may be anything. */
export function assertHas(actual, expected) {
  assert.deepEqual(selected(actual, expected), expected);
}

/** The part of `actual` that `expected` speaks of. */
function selected(actual, expected) {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    return actual.map((element, index) => selected(element, expected[index]));
  }
  if (isObject(expected) && isObject(actual)) {
    const keys = Object.keys(expected);
    return Object.fromEntries(keys.map((key) => [key, selected(actual[key], expected[key])]));
  }
  return actual;
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
