/** Numbers of reports as people read them, by name and unit of the metric. */

import { bitrate, count, duration, fine, NOTHING, share } from './format';

const compact = new Intl.NumberFormat('en-GB', { notation: 'compact', maximumFractionDigits: 1 });
const tight = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 });

/** Ratios that are a part of a whole, and read as per cent. */
export function isShare(name: string, unit: string): boolean {
  return unit === 'share' || ((unit === 'ratio' || unit === 'number') && /Rate$|Ratio$|Share$/.test(name));
}

/** A number with its unit. */
export function number(value: number | null | undefined, unit: string, name = ''): string {
  if (value === null || value === undefined) return NOTHING;
  if (isShare(name, unit)) return share(value, 1);
  switch (unit) {
    case 's':
      return duration(value);
    case 'ms':
      return duration(value / 1000);
    case 'kbps':
      return bitrate(value);
    case 'count':
    case 'flag':
      return Number.isInteger(value) ? count(value) : fine(value);
    default:
      return Math.abs(value) >= 1000 ? count(value) : fine(value);
  }
}

/** The same on an axis, where there is little room. */
export function onAxis(value: number, unit: string, name = ''): string {
  if (isShare(name, unit)) return `${fine(100 * value)} %`;
  switch (unit) {
    case 's':
      return value >= 36_000 ? `${compact.format(value / 3600)} h` : duration(value);
    case 'ms':
      return duration(value / 1000);
    case 'kbps':
      return value >= 1000 ? `${fine(value / 1000)} M` : `${fine(value)} k`;
    default:
      return Math.abs(value) < 10_000 ? tight.format(value) : compact.format(value);
  }
}

export interface Change {
  text: string;
  direction: 'up' | 'down' | 'same';
}

/** By how much a number differs from another: a share in points, all else in per cent. */
export function change(now: number | null | undefined, before: number | null | undefined, unit: string, name = ''): Change | null {
  if (now === null || now === undefined || before === null || before === undefined) return null;
  const direction = now > before ? 'up' : now < before ? 'down' : 'same';
  if (isShare(name, unit)) {
    const points = Math.abs(100 * (now - before));
    if (points < 0.05) return { text: '0 points', direction: 'same' };
    return { text: `${points < 10 ? points.toFixed(1) : count(points)} points`, direction };
  }
  if (before === 0) return now === 0 ? { text: '0 %', direction } : { text: 'new', direction };
  const percent = Math.abs((100 * (now - before)) / before);
  const text = percent >= 1000 ? `× ${tight.format(now / before)}` : `${percent < 10 ? percent.toFixed(1) : count(percent)} %`;
  return { text, direction };
}

/** Whether more of it is worse. */
export function isBadWhenUp(name: string): boolean {
  return /error|fail|drop|buffer|stall|timeToStart|exit/i.test(name);
}
