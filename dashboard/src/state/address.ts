/** The state of the page, all of it in its address, so that a link shows the same thing. */

import { DEFAULT_RANGE, formatRange, parseRange, type Range } from './ranges';

/** Filters that follow from page to page. */
export const SHARED = ['suite', 'player', 'sdk'] as const;
/** Filters of the list of sessions. */
export const LOCAL = ['search', 'visitor', 'state', 'reason'] as const;
export type FilterName = (typeof SHARED)[number] | (typeof LOCAL)[number];

export interface Address {
  path: string;
  range: Range;
  /** Empty: the zone of the suite. */
  zone: string;
  filters: Partial<Record<FilterName, string>>;
  /** `column` or `-column` for the greatest first; empty: as the server gives it. */
  sort: string;
}

export function parseAddress(path: string, search: string): Address {
  const query = new URLSearchParams(search);
  const filters: Address['filters'] = {};
  for (const name of [...SHARED, ...LOCAL]) {
    const value = query.get(name);
    if (value) filters[name] = value;
  }
  return {
    path,
    range: parseRange(query.get('range')),
    zone: query.get('zone') ?? '',
    filters,
    sort: query.get('sort') ?? '',
  };
}

export function formatAddress(address: Address): string {
  const query = new URLSearchParams();
  for (const name of [...SHARED, ...LOCAL]) {
    const value = address.filters[name];
    if (value) query.set(name, value);
  }
  const range = formatRange(address.range);
  if (range !== formatRange(DEFAULT_RANGE)) query.set('range', range);
  if (address.zone) query.set('zone', address.zone);
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

/** Another page, with what follows there. */
export function toPage(address: Address, path: string, changes: Address['filters'] = {}): Address {
  const filters: Address['filters'] = {};
  for (const name of SHARED) {
    const value = address.filters[name];
    if (value) filters[name] = value;
  }
  return withFilters({ ...address, path, filters, sort: '' }, changes);
}
