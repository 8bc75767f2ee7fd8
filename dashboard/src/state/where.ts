/** Conditions on what is looked at: as they stand in the address, in a report, and in words. */

import type { Filter } from '../api/report';

interface Way {
  title: string;
  /** For a chip: `Channel is films`. */
  word: string;
  op: NonNullable<Filter['op']>;
  not?: true;
  hasNoValue?: true;
  isOfMetrics?: true;
}

export const WAYS = {
  is: { title: 'is', word: 'is', op: '=' },
  not: { title: 'is not', word: 'is not', op: '=', not: true },
  contains: { title: 'contains', word: 'contains', op: 'contains' },
  lacks: { title: 'does not contain', word: 'lacks', op: 'contains', not: true },
  starts: { title: 'starts with', word: 'starts with', op: 'startsWith' },
  matches: { title: 'matches (regular expression)', word: 'matches', op: 'regex' },
  none: { title: 'has no value', word: 'has no value', op: 'null', hasNoValue: true },
  any: { title: 'has a value', word: 'has a value', op: 'null', not: true, hasNoValue: true },
  less: { title: 'is less than', word: '<', op: '<', isOfMetrics: true },
  most: { title: 'is at most', word: '≤', op: '<=', isOfMetrics: true },
  more: { title: 'is more than', word: '>', op: '>', isOfMetrics: true },
  least: { title: 'is at least', word: '≥', op: '>=', isOfMetrics: true },
} satisfies Record<string, Way>;
export type WayName = keyof typeof WAYS;

export interface Condition {
  /** A dimension; with an inequality a metric of a session. */
  name: string;
  way: WayName;
  value: string;
}

const PREFIX = 'f.';
/** Most conditions of a report. */
export const CONDITIONS_MAX = 100;

/** Reads the conditions of an address; what is none is left out. */
export function parseConditions(query: URLSearchParams): Condition[] {
  const found: Condition[] = [];
  for (const [key, text] of query) {
    if (!key.startsWith(PREFIX) || key.length === PREFIX.length) continue;
    const dot = text.indexOf('.');
    const way = dot < 0 ? text : text.slice(0, dot);
    if (!Object.hasOwn(WAYS, way)) continue;
    const known: Way = WAYS[way as WayName];
    const value = dot < 0 ? '' : text.slice(dot + 1);
    const isRight = known.hasNoValue ? true : known.isOfMetrics ? value.trim() !== '' && Number.isFinite(Number(value)) : value !== '';
    if (isRight) found.push({ name: key.slice(PREFIX.length), way: way as WayName, value: known.hasNoValue ? '' : value });
  }
  return found.slice(0, CONDITIONS_MAX);
}

export function formatCondition({ name, way, value }: Condition): [string, string] {
  const known: Way = WAYS[way];
  return [PREFIX + name, known.hasNoValue ? way : `${way}.${value}`];
}

/** The same as a filter of a report. */
export function toFilter({ name, way, value }: Condition): Filter {
  const { op, not, isOfMetrics, hasNoValue }: Way = WAYS[way];
  const what = isOfMetrics ? { metric: name } : { dimension: name };
  return { ...what, op, value: hasNoValue ? null : isOfMetrics ? Number(value) : value, ...(not ? { not } : {}) };
}

export const isSame = (left: Condition, right: Condition) =>
  left.name === right.name && left.way === right.way && left.value === right.value;
