/** What pages of reports share: the catalogue, what is looked at, and how to ask. */

import { createContext, type ComponentChildren } from 'preact';
import { useContext, useMemo, useRef } from 'preact/hooks';
import { withTitles, type Catalog } from '../api/catalog';
import { askReport, get } from '../api/client';
import type { Answer, Granularity, ReportRequest } from '../api/report';
import { Empty, Loaded } from '../ui/states';
import { conditions } from './address';
import { useApp } from './app';
import { firstUnit } from './first-unit';
import { granularityFor, question, segmentOf, type Fields, type Scope } from './question';
import { useResource, type Resource } from './resource';

/** How often a range up to now is asked for anew, ms. */
const EVERY = 60_000;

interface Reports {
  catalog: Catalog;
  scope: Scope;
  /** The unit of time that suits the range. */
  granularity: Granularity;
}

const ReportsContext = createContext<Reports | null>(null);

export function useReports(): Reports {
  const reports = useContext(ReportsContext);
  if (!reports) throw new Error('there are no reports around this');
  return reports;
}

export interface Report extends Resource<Answer> {
  request?: ReportRequest;
}

/**
 * Asks for a report of what is looked at; `null` asks nothing yet. With `keep` the answer to another
 * question of the same form stays until this one is answered.
 */
export function useReport(fields: Fields | null, keep?: 'keep'): Report {
  const last = useRef<Answer>();
  const { scope, catalog } = useReports();
  const request = fields ? question(scope, fields) : undefined;
  const key = request ? JSON.stringify(request) : '';
  const every = scope.to === undefined ? EVERY : 0;
  const resource = useResource(key, async (signal) => withTitles(catalog, await askReport(request!, signal)), every);
  if (resource.data) last.current = resource.data;
  const kept = keep && request && !resource.error ? last.current : undefined;
  const data = resource.data ?? kept;
  return { ...resource, ...(data ? { data } : {}), ...(request ? { request } : {}) };
}

/** Waits for the catalogue, and for the first month with a session where all time is looked at. */
export function ReportsOf({ children }: { children: ComponentChildren }) {
  const { address, instants, suite, zone, now } = useApp();
  const catalog = useResource('catalog', (signal) => get<Catalog>('/v1/catalog', {}, signal));
  const isAll = instants.from === undefined;
  const first = useResource(isAll && suite ? `first ${suite} ${zone}` : '', (signal) =>
    askReport({ suite, zone, range: { from: 0 }, granularity: 'month', metrics: ['sessions'], includeOpen: true }, signal));
  const from = isAll ? (first.data ? firstUnit(first.data) : undefined) : instants.from;
  const scope = useMemo((): Scope | null => {
    if (from === undefined && !first.data) return null;
    const isPast = instants.to !== undefined && instants.to <= now();
    return {
      suite,
      from: from ?? now() - 86_400_000,
      ...(isPast ? { to: instants.to! } : {}),
      zone,
      conditions: conditions(address),
      // All time has nothing before it.
      compare: isAll && !segmentOf(address.compare) ? '' : address.compare,
      bots: address.bots,
    };
  }, [suite, from, first.data, instants, zone, address.filters, address.where, address.compare, address.bots]);
  if (!suite) return <section class="card"><Empty title="No report suite is known yet">The first session brings one.</Empty></section>;
  return (
    <Loaded resource={catalog} what="the catalogue">
      {(catalog) =>
        scope ? (
          <ReportsContext.Provider value={{ catalog, scope, granularity: granularityFor(scope.from, scope.to ?? now()) }}>
            {children}
          </ReportsContext.Provider>
        ) : (
          <Loaded resource={first} what="the beginning">{() => null}</Loaded>
        )}
    </Loaded>
  );
}
