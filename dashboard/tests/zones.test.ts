import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays, clockTime, dayName, dayStart, instantOf, isZone, startOfDay, wallClock } from '../src/state/zones';

const utc = (text: string) => Date.parse(`${text}Z`);

test('a day begins when its zone says so', () => {
  assert.equal(startOfDay(utc('2026-03-03T12:00:00'), 'UTC'), utc('2026-03-03T00:00:00'));
  assert.equal(startOfDay(utc('2026-03-03T23:30:00'), 'Europe/Berlin'), utc('2026-03-03T23:00:00'));
  assert.equal(startOfDay(utc('2026-03-03T03:00:00'), 'America/New_York'), utc('2026-03-02T05:00:00'));
  assert.equal(startOfDay(utc('2026-03-03T12:00:00.123'), 'Asia/Kathmandu'), utc('2026-03-02T18:15:00'));
});

test('days around a change of the clock have 23 and 25 hours', () => {
  const spring = startOfDay(utc('2026-03-29T12:00:00'), 'Europe/Berlin');
  assert.equal(addDays(spring, 1, 'Europe/Berlin') - spring, 23 * 3_600_000);
  const autumn = startOfDay(utc('2026-10-25T12:00:00'), 'Europe/Berlin');
  assert.equal(addDays(autumn, 1, 'Europe/Berlin') - autumn, 25 * 3_600_000);
  assert.equal(addDays(autumn, -3, 'Europe/Berlin'), utc('2026-10-21T22:00:00'));
});

test('a day whose midnight does not exist begins at its first instant', () => {
  // In Beirut the clock goes from midnight to one.
  const day = startOfDay(utc('2026-03-29T12:00:00'), 'Asia/Beirut');
  assert.equal(dayName(day, 'Asia/Beirut'), '2026-03-29');
  assert.equal(dayName(day - 1, 'Asia/Beirut'), '2026-03-28');
  assert.equal(clockTime(day, 'Asia/Beirut'), '01:00:00');
});

test('a wall clock that reads the same twice means the first', () => {
  const twice = Date.UTC(2026, 9, 25, 2, 30);
  assert.equal(instantOf(twice, 'Europe/Berlin'), utc('2026-10-25T00:30:00'));
  const never = Date.UTC(2026, 2, 29, 2, 30);
  assert.equal(clockTime(instantOf(never, 'Europe/Berlin'), 'Europe/Berlin'), '03:30:00');
});

test('names of days are read and written', () => {
  assert.equal(dayStart('2026-03-03', 'Europe/Berlin'), utc('2026-03-02T23:00:00'));
  for (const wrong of ['2026-02-30', '2026-3-3', '', 'today']) assert.equal(dayStart(wrong, 'UTC'), undefined);
  assert.equal(dayName(utc('2026-12-31T23:30:00'), 'Europe/Berlin'), '2027-01-01');
});

test('instants before 1970 have a wall clock as well', () => {
  assert.equal(wallClock(-1, 'UTC'), -1);
  assert.equal(startOfDay(-1, 'UTC'), -86_400_000);
});

test('zones that nobody knows are told apart', () => {
  assert.equal(isZone('Europe/Berlin'), true);
  assert.equal(isZone('Mars/Olympus'), false);
});
