/** From what is looked at to a search of sessions, and from a number to the sessions behind it. */

import type { Catalog } from '../api/catalog';
import { findMeasure, splitStatistic } from '../api/catalog';
import type { Filter, MetricRequest, ReportRequest } from '../api/report';
import { toPage, withCondition, withOwn, type Address } from './address';
import type { Scope } from './question';
import { toFilter, type Condition } from './where';

export const COLUMNS = { dimensions: ['playerName', 'appVersion', 'visitor'], metrics: ['timePlayed', 'rebufferTime', 'errorCount'] };
/** What every row says of itself. */
export const ALWAYS = ['name', 'friendlyName', 'closeReason'];
export const PAGE = 100;

export type SearchRequest = Pick<ReportRequest, 'suite' | 'range' | 'zone' | 'filters' | 'bots' | 'dimensions' | 'metrics' | 'order' | 'limit' | 'cursor'> & {
  open?: 'include' | 'exclude' | 'only';
};

export interface FoundSession {
  sid: string;
  /** Client time of the start and of the last event, ms. */
  start: number;
  end: number;
  provisional: boolean;
  key: (string | string[] | null)[];
  values: (number | null)[];
}

export interface Found {
  request: SearchRequest;
  headings: { name: string; title: string; unit: string; kind: 'dimension' | 'metric' }[];
  sessions: FoundSession[];
  next?: string | null;
}

/** The columns that are shown beside those that always are. */
export function columnsOf({ own }: Pick<Address, 'own'>): { dimensions: string[]; metrics: string[] } {
  if (!own.d && !own.m) return COLUMNS;
  return { dimensions: own.d ?? [], metrics: own.m ?? [] };
}

/** The beginning of a session id, or a part of the content's name. */
export function searchFilter(search: string | undefined): Filter[] {
  if (!search) return [];
  const isSid = /^[0-9a-f]{8,64}$/i.test(search);
  return [isSid ? { dimension: 'ID', op: 'startsWith', value: search.toLowerCase() } : { dimension: 'friendlyName', op: 'regex', value: `(?i)${escaped(search)}` }];
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|#&~-]/g, '\\$&');

/** What the list of sessions holds to beside what all pages do. */
export function listFilters({ filters: { search, visitor, reason } }: Pick<Address, 'filters'>): Filter[] {
  return [
    ...searchFilter(search),
    ...(visitor ? [{ dimension: 'visitor', value: visitor }] : []),
    ...(reason ? [{ dimension: 'closeReason', value: reason }] : []),
  ];
}

/** Whether sessions can be put in order by a metric: it is a number of each session. */
export const isOrder = (catalog: Catalog, name: string) =>
  catalog.metrics.some((metric) => metric.name === name && metric.scope === 'session' && name !== 'sessions' && name !== 'visitors');

export function searchRequest(scope: Scope, address: Address, catalog: Catalog): SearchRequest {
  const { dimensions, metrics } = columnsOf(address);
  const filters = [...scope.conditions.map(toFilter), ...listFilters(address)];
  const by = address.sort.replace('-', '');
  const direction = address.sort.startsWith('-') ? 'descending' as const : 'ascending' as const;
  const order = by === 'start' || isOrder(catalog, by) ? { order: { by, direction } } : {};
  const { state } = address.filters;
  return {
    suite: scope.suite,
    range: { from: scope.from, ...(scope.to === undefined ? {} : { to: scope.to }) },
    zone: scope.zone,
    ...(filters.length > 0 ? { filters } : {}),
    ...(scope.bots === 'include' ? {} : { bots: scope.bots }),
    open: state === 'open' ? 'only' : state === 'closed' || scope.to !== undefined ? 'exclude' : 'include',
    dimensions: [...new Set([...ALWAYS, ...dimensions])],
    metrics: metrics as MetricRequest[],
    ...order,
    limit: PAGE,
  };
}

/** The sessions behind a number of a row: those of the row that have some of it, the most first. */
export function behind(address: Address, catalog: Catalog, row: Condition[], metric: string): Address {
  const { statistic, metric: name } = splitStatistic(metric);
  const to = row.reduce(withCondition, toPage(address, '/sessions'));
  if (!isOrder(catalog, name)) return to;
  const { unit } = findMeasure(catalog, name)!;
  // Of a percentile all sessions with a value are behind it, of a sum only those that add to it.
  const some = statistic === '' && ['flag', 'count', 's'].includes(unit) ? withCondition(to, { name, way: 'more', value: '0' }) : to;
  const shown = COLUMNS.metrics.includes(name) ? some : withOwn(some, { d: COLUMNS.dimensions, m: [name, ...COLUMNS.metrics] });
  return { ...shown, sort: unit === 'flag' ? '' : `-${name}` };
}
