/** Ranges of time: what is chosen, what stands in the address, which instants it means. */

import { addDays, dayStart, startOfDay } from './zones';

export const PRESETS = ['1h', '24h', 'today', 'yesterday', '7d', '30d', 'all'] as const;
export type Preset = (typeof PRESETS)[number];

/** A preset, or whole days of the zone, both included. */
export type Range = { preset: Preset } | { first: string; last: string };

/** From and later, before `to`; without one there is no such end. */
export interface Instants {
  from?: number;
  to?: number;
}

export const DEFAULT_RANGE: Range = { preset: '24h' };

const TITLES: Record<Preset, string> = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  today: 'Today',
  yesterday: 'Yesterday',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  all: 'All time',
};

export function rangeTitle(range: Range): string {
  if ('preset' in range) return TITLES[range.preset];
  return range.first === range.last ? range.first : `${range.first} to ${range.last}`;
}

export function formatRange(range: Range): string {
  return 'preset' in range ? range.preset : `${range.first}..${range.last}`;
}

/** Reads what stands in an address; what is no range is the default. */
export function parseRange(text: string | null): Range {
  if (text === null) return DEFAULT_RANGE;
  const preset = PRESETS.find((name) => name === text);
  if (preset) return { preset };
  const [first, last] = text.split('..');
  const days = [first, last].map((name) => dayStart(name ?? '', 'UTC'));
  const isRange = first && last && days[0] !== undefined && days[1] !== undefined && days[0] <= days[1];
  return isRange ? { first, last } : DEFAULT_RANGE;
}

const HOUR = 3_600_000;

/** The instants of a range. Ranges up to now stay open, so that what begins meanwhile is in them. */
export function resolveRange(range: Range, now: number, zone: string): Instants {
  if (!('preset' in range)) {
    const from = dayStart(range.first, zone) ?? 0;
    return { from, to: addDays(dayStart(range.last, zone) ?? from, 1, zone) };
  }
  switch (range.preset) {
    case '1h':
      return { from: now - HOUR };
    case '24h':
      return { from: now - 24 * HOUR };
    case 'today':
      return { from: startOfDay(now, zone) };
    case 'yesterday':
      return { from: addDays(now, -1, zone), to: startOfDay(now, zone) };
    case '7d':
      return { from: addDays(now, -6, zone) };
    case '30d':
      return { from: addDays(now, -29, zone) };
    case 'all':
      return {};
  }
}
