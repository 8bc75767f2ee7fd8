/** What pages of reports share: the catalogue, what is looked at, and how to ask. */

import { createContext, type ComponentChildren } from 'preact';
import { useContext, useMemo, useRef } from 'preact/hooks';
import { withTitles, type Catalog } from '../api/catalog';
import { askReport, get } from '../api/client';
import type { Answer, Granularity, ReportRequest } from '../api/report';
import { short } from '../ui/format';
import { Scope as ScopeBar } from '../ui/frame';
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

/** Longer ranges begin with the first month that has a session, ms. */
const LONG = 366 * 86_400_000;

/** Waits for the catalogue, and for the first month with a session where all time or a long time is looked at. */
export function ReportsOf({ children }: { children: ComponentChildren }) {
  const { address, instants, server, suite, zone, now } = useApp();
  const catalog = useResource('catalog', (signal) => get<Catalog>('/v1/catalog', {}, signal));
  const isAll = instants.from === undefined;
  const isLong = isAll || (instants.to ?? now()) - instants.from! > LONG;
  const first = useResource(isLong && suite ? `first ${suite} ${zone}` : '', (signal) =>
    askReport({ suite, zone, range: { from: 0 }, granularity: 'month', metrics: ['sessions'], includeOpen: true }, signal));
  const begin = first.data && firstUnit(first.data);
  const from = isAll ? begin : isLong && begin !== undefined && begin < (instants.to ?? now()) ? Math.max(begin, instants.from!) : instants.from;
  const scope = useMemo((): Scope | null => {
    if (isLong && !first.data) return null;
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
  if (!server.suites.some(({ id }) => id === suite)) {
    return (
      <>
        <ScopeBar isOneSuite hasRange={false} />
        <section class="card"><Empty title="There is no such report suite">Nothing is known of <bdi>{short(suite)}</bdi>: no session came with it, and it is not in the settings.</Empty></section>
      </>
    );
  }
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
