/** From what is looked at to the request of a report. */

import type { Bots, Filter, Granularity, Period, ReportRequest } from '../api/report';
import { toFilter, type Condition } from './where';

/** What numbers are compared with: a period before, or a segment. */
export type Comparison = Period | `segment:${string}`;
const SEGMENT = 'segment:';

/** The name of the segment that is compared with. */
export const segmentOf = (compare: Comparison | '') => (compare.startsWith(SEGMENT) ? compare.slice(SEGMENT.length) : undefined);

function comparison(compare: Comparison): NonNullable<ReportRequest['compare']> {
  const segment = segmentOf(compare);
  return segment === undefined ? { period: compare as Period } : { segment };
}

/** What all reports of a page have in common. */
export interface Scope {
  suite: string;
  /** ms */
  from: number;
  /** Absent: up to now. */
  to?: number;
  zone: string;
  conditions: Condition[];
  compare: Comparison | '';
  bots: Bots;
}

/** What one report asks for beside it. */
export type Fields = Omit<ReportRequest, 'suite' | 'zone' | 'range' | 'compare' | 'includeOpen' | 'bots'> & {
  /** A panel has nothing to be compared with, and some tables need not be. */
  isCompared?: boolean;
  /** Another range than the one that is looked at. */
  range?: NonNullable<ReportRequest['range']>;
};

export function question(scope: Scope, { isCompared = false, filters = [], ...fields }: Fields): ReportRequest {
  const all: Filter[] = [...scope.conditions.map(toFilter), ...filters];
  return {
    suite: scope.suite,
    range: { from: scope.from, ...(scope.to === undefined ? {} : { to: scope.to }) },
    zone: scope.zone,
    ...fields,
    ...(all.length > 0 ? { filters: all } : {}),
    ...(isCompared && scope.compare ? { compare: comparison(scope.compare) } : {}),
    // Up to now: those who watch now count too.
    ...(scope.to === undefined ? { includeOpen: true } : {}),
    ...(scope.bots === 'include' ? {} : { bots: scope.bots }),
  };
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** About the length of a unit of time, ms. */
export const UNIT_LENGTHS: [Granularity, number][] = [
  ['minute', MINUTE], ['5minutes', 5 * MINUTE], ['15minutes', 15 * MINUTE], ['30minutes', 30 * MINUTE], ['hour', HOUR],
  ['day', DAY], ['week', 7 * DAY], ['month', 30 * DAY], ['quarter', 91 * DAY], ['year', 365 * DAY],
];

/** The finest unit of which at most so many fit between two instants. */
export function granularityFor(from: number, to: number, most = 200): Granularity {
  return UNIT_LENGTHS.find(([, length]) => (to - from) / length <= most)?.[0] ?? 'year';
}
