/** The state of the page, all of it in its address, so that a link shows the same thing. */

import type { Bots, Period } from '../api/report';
import type { Comparison } from './question';
import { DEFAULT_RANGE, formatRange, parseRange, type Range } from './ranges';
import { formatCondition, isSame, parseConditions, type Condition } from './where';

/** Filters that follow from page to page. */
export const SHARED = ['suite', 'player', 'sdk'] as const;
/** Filters of the list of sessions. */
export const LOCAL = ['search', 'visitor', 'state', 'reason'] as const;
export type FilterName = (typeof SHARED)[number] | (typeof LOCAL)[number];

/** What pages of reports keep for themselves; each may stand several times. */
export const OWN = ['title', 'chart', 'find', 'm', 'd', 'by', 'report', 'segment', 'as', 'score', 'trouble', 'group', 'heat'] as const;
export type OwnName = (typeof OWN)[number];

const PERIODS: Period[] = ['previous', 'lastWeek', 'lastYear'];
const BOTS: Bots[] = ['exclude', 'only'];

export interface Address {
  path: string;
  range: Range;
  /** Empty: the zone of the suite. */
  zone: string;
  filters: Partial<Record<FilterName, string>>;
  /** Conditions of reports, which follow from page to page. */
  where: Condition[];
  /** What numbers are compared with. */
  compare: Comparison | '';
  bots: Bots;
  own: Partial<Record<OwnName, string[]>>;
  /** `column` or `-column` for the greatest first; empty: as the server gives it. */
  sort: string;
}

/** Dimensions whose filter has a name of its own, known to all pages. */
const NAMED = { playerName: 'player', appVersion: 'sdk' } as const;
const filterOf = ({ name, way }: Condition) =>
  way === 'is' && Object.hasOwn(NAMED, name) ? NAMED[name as keyof typeof NAMED] : undefined;

export function parseAddress(path: string, search: string): Address {
  const query = new URLSearchParams(search);
  const filters: Address['filters'] = {};
  for (const name of [...SHARED, ...LOCAL]) {
    const value = query.get(name);
    if (value) filters[name] = value;
  }
  const own: Address['own'] = {};
  for (const name of OWN) {
    const values = query.getAll(name).filter(Boolean);
    if (values.length > 0) own[name] = values;
  }
  const address: Address = {
    path,
    range: parseRange(query.get('range')),
    zone: query.get('zone') ?? '',
    filters,
    where: [],
    compare: parseComparison(query.get('compare') ?? ''),
    bots: BOTS.find((name) => name === query.get('bots')) ?? 'include',
    own,
    sort: query.get('sort') ?? '',
  };
  return parseConditions(query).reduce(withCondition, address);
}

/** A period that is known, or `segment:` and a name. */
function parseComparison(text: string): Comparison | '' {
  return /^segment:[\p{L}\p{N}]+$/u.test(text) ? (text as Comparison) : (PERIODS.find((name) => name === text) ?? '');
}

export function formatAddress(address: Address): string {
  const query = new URLSearchParams();
  for (const name of [...SHARED, ...LOCAL]) {
    const value = address.filters[name];
    if (value) query.set(name, value);
  }
  for (const name of OWN) for (const value of address.own[name] ?? []) query.append(name, value);
  for (const condition of address.where) query.append(...formatCondition(condition));
  const range = formatRange(address.range);
  if (range !== formatRange(DEFAULT_RANGE)) query.set('range', range);
  if (address.zone) query.set('zone', address.zone);
  if (address.compare) query.set('compare', address.compare);
  if (address.bots !== 'include') query.set('bots', address.bots);
  if (address.sort) query.set('sort', address.sort);
  const text = query.toString();
  return text ? `${address.path}?${text}` : address.path;
}

/** The same with other filters; an empty value takes one away. */
export function withFilters(address: Address, changes: Address['filters']): Address {
  const filters = { ...address.filters };
  for (const name of Object.keys(changes) as FilterName[]) {
    const value = changes[name];
    if (value) filters[name] = value;
    else delete filters[name];
  }
  return { ...address, filters };
}

/** The same with one condition more. */
export function withCondition(address: Address, condition: Condition): Address {
  const filter = filterOf(condition);
  if (filter) return withFilters(address, { [filter]: condition.value });
  if (address.where.some((known) => isSame(known, condition))) return address;
  return { ...address, where: [...address.where, condition] };
}

export function withoutCondition(address: Address, condition: Condition): Address {
  return { ...address, where: address.where.filter((known) => !isSame(known, condition)) };
}

/** All conditions of reports, those with a name of their own too. */
export function conditions({ filters, where }: Pick<Address, 'filters' | 'where'>): Condition[] {
  const named = Object.entries(NAMED).flatMap(([name, filter]): Condition[] => {
    const value = filters[filter];
    return value ? [{ name, way: 'is', value }] : [];
  });
  return [...named, ...where];
}

/** The same with other values of what the page keeps for itself; none takes it away. */
export function withOwn(address: Address, changes: Partial<Record<OwnName, string[]>>): Address {
  const own = { ...address.own };
  for (const name of Object.keys(changes) as OwnName[]) {
    const values = changes[name];
    if (values?.length) own[name] = values;
    else delete own[name];
  }
  return { ...address, own };
}

/** Another page, with what follows there. */
export function toPage(address: Address, path: string, changes: Address['filters'] = {}): Address {
  const filters: Address['filters'] = {};
  for (const name of SHARED) {
    const value = address.filters[name];
    if (value) filters[name] = value;
  }
  return withFilters({ ...address, path, filters, own: {}, sort: '' }, changes);
}
