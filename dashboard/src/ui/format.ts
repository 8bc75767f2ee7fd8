/** Numbers and times as people read them. */

import { clockTime, dayName } from '../state/zones';
import type { Value } from '../api/types';

export const NOTHING = '–';

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const twoDigits = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 });

export function count(value: number): string {
  return whole.format(value);
}

/** With at most two decimals. */
export function fine(value: number): string {
  return twoDigits.format(value);
}

/** `12 %`, with a decimal where it is small. */
export function share(part: number, of: number): string {
  if (of === 0) return NOTHING;
  const percent = (100 * part) / of;
  if (percent === 0) return '0 %';
  if (percent < 0.1) return '< 0.1 %';
  return percent < 10 ? `${percent.toFixed(1)} %` : `${whole.format(percent)} %`;
}

/** `45 s`, `3 min 20 s`, `1 h 30 min`, `2 d 3 h` */
export function duration(seconds: number): string {
  if (seconds < 0) return `−${duration(-seconds)}`;
  const rounded = Math.round(seconds);
  if (seconds < 10 && seconds !== rounded) return `${twoDigits.format(seconds)} s`;
  if (rounded < 60) return `${rounded} s`;
  const units: [number, string][] = [[86_400, 'd'], [3_600, 'h'], [60, 'min'], [1, 's']];
  const first = units.findIndex(([size]) => rounded >= size);
  const [size, name] = units[first]!;
  const head = Math.floor(rounded / size);
  const [next, nextName] = units[first + 1]!;
  const tail = Math.floor((rounded % size) / next);
  return tail === 0 ? `${head} ${name}` : `${head} ${name} ${tail} ${nextName}`;
}

/** `0:45`, `1:02:03`, with tenths if asked for: a place in a recording. */
export function position(seconds: number, tenths = false): string {
  if (seconds < 0) return `−${position(-seconds, tenths)}`;
  const all = tenths ? Math.floor(seconds * 10) / 10 : Math.floor(seconds);
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor((all % 3600) / 60)];
  const rest = all % 60;
  const tail = tenths ? rest.toFixed(1).padStart(4, '0') : String(rest).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

export function bitrate(kbps: number): string {
  return kbps < 1000 ? `${whole.format(kbps)} kbit/s` : `${twoDigits.format(kbps / 1000)} Mbit/s`;
}

export function bytes(size: number): string {
  return size < 1024 ? `${size} B` : `${twoDigits.format(size / 1024)} KiB`;
}

/** Day and time in a zone; the time alone if the day is today's. */
export function moment(instant: number, zone: string, now: number): string {
  const time = clockTime(instant, zone);
  return dayName(instant, zone) === dayName(now, zone) ? time : `${dayName(instant, zone)} ${time}`;
}

/** A value by its unit in the catalogue of metrics. */
export function value(reported: Value | undefined, unit: string): string {
  if (reported === null || reported === undefined || reported === '') return NOTHING;
  if (typeof reported === 'boolean') return reported ? 'yes' : 'no';
  if (Array.isArray(reported)) return reported.length === 0 ? NOTHING : reported.join(', ');
  if (typeof reported === 'object') return JSON.stringify(reported);
  if (typeof reported === 'string') return reported;
  switch (unit) {
    case 's':
      return duration(reported);
    case 'kbps':
      return bitrate(reported);
    case 'ratio':
      return twoDigits.format(reported);
    default:
      return twoDigits.format(reported);
  }
}

/** Cuts a text that somebody else chose to what a cell can hold. */
export function short(text: string, length = 120): string {
  const characters = [...text.slice(0, length * 4)];
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text;
}

/** The first digits of a session's id. */
export function shortSid(sid: string): string {
  return sid.length > 16 ? `${sid.slice(0, 12)}…` : sid;
}
