/** Where the axis of a chart has its marks. */

import { addDays, clockTime, dayName, instantOf, startOfDay, wallClock } from '../state/zones';

export interface Tick {
  at: number;
  text: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [1_000, 5_000, 15_000, MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR];
const DAY_STEPS = [1, 2, 7, 14];
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `3 Mar` */
export function dayText(instant: number, zone: string): string {
  const [, month, day] = dayName(instant, zone).split('-').map(Number);
  return `${day} ${MONTHS[month! - 1]}`;
}

/** Marks between two instants at round times of the zone's clock, at most so many. */
export function timeMarks(from: number, to: number, zone: string, most: number): Tick[] {
  const step = STEPS.find((size) => (to - from) / size <= most);
  if (step) return clockMarks(from, to, zone, step);
  const days = DAY_STEPS.find((count) => (to - from) / (count * DAY) <= most);
  if (days) {
    const ticks: Tick[] = [];
    let at = startOfDay(from, zone);
    if (at < from) at = addDays(at, 1, zone);
    for (; at <= to; at = addDays(at, days, zone)) ticks.push({ at, text: dayText(at, zone) });
    return ticks;
  }
  const months = MONTH_STEPS.find((count) => (to - from) / (count * 30 * DAY) <= most) ?? 240;
  const begin = new Date(wallClock(from, zone));
  const ticks: Tick[] = [];
  for (let month = begin.getUTCFullYear() * 12 + begin.getUTCMonth(); ; month += 1) {
    const at = instantOf(Date.UTC(Math.floor(month / 12), month % 12), zone);
    if (at > to) return ticks;
    if (at < from || month % months !== 0) continue;
    ticks.push({ at, text: month % 12 === 0 || months >= 12 ? String(Math.floor(month / 12)) : MONTHS[month % 12]! });
  }
}

function clockMarks(from: number, to: number, zone: string, step: number): Tick[] {
  const ticks: Tick[] = [];
  const wall = Math.ceil(wallClock(from, zone) / step) * step;
  for (let next = wall; ; next += step) {
    const at = instantOf(next, zone);
    if (at > to) return ticks;
    // What the clock says twice or never is marked once.
    if (at < from || at <= (ticks.at(-1)?.at ?? -Infinity)) continue;
    const isMidnight = next % DAY === 0;
    ticks.push({ at, text: isMidnight ? dayText(at, zone) : clockTime(at, zone).slice(0, step < MINUTE ? 8 : 5) });
  }
}

/** When a unit of time was, as short as can be told. */
export function unitText(at: number, length: number, zone: string): string {
  const day = `${['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][new Date(wallClock(at, zone)).getUTCDay()]} ${dayText(at, zone)}`;
  if (length < MINUTE) return `${day}, ${clockTime(at, zone)}`;
  if (length < 20 * HOUR) return `${day}, ${clockTime(at, zone).slice(0, 5)}–${clockTime(at + length, zone).slice(0, 5)}`;
  if (length < 2 * DAY) return day;
  const end = at + length - HOUR;
  return `${dayText(at, zone)} – ${dayText(end, zone)} ${dayName(end, zone).slice(0, 4)}`;
}
