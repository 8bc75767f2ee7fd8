/** The sessions of the range by whatever is looked at, the newest or the worst first, and the way to one of them. */

import { useEffect, useState } from 'preact/hooks';
import { dimensionTitle, metricAbout, metricTitle } from '../api/catalog';
import { post } from '../api/client';
import { ColumnPicker } from '../panels/sessions/columns';
import { toPage, withCondition, withFilters } from '../state/address';
import { useApp } from '../state/app';
import { usePages } from '../state/pages';
import { useReport, useReports } from '../state/reports';
import { useResource } from '../state/resource';
import { isOrder, listFilters, searchRequest, type Found, type FoundSession, type SearchRequest } from '../state/search';
import { REASON_TITLES, StateBadge } from '../ui/badge';
import { Bar } from '../ui/bar';
import { BotsSwitch, Filters } from '../ui/filters';
import { count, moment, NOTHING, short, shortSid } from '../ui/format';
import { Chip, Scope } from '../ui/frame';
import type { Grid } from '../ui/grid';
import { Link } from '../ui/link';
import { number } from '../ui/number';
import { DataPanel } from '../ui/panel';
import { ShowSearch } from '../ui/request';
import { ReportsOf } from '../state/reports';
import { Table, type Column } from '../ui/table';
import { valueText } from '../ui/value-text';
import { clockTime, dayName } from '../state/zones';

const PATH = '/v1/sessions/search';
/** How often the list is asked for anew, ms. */
const EVERY = 10_000;

export function Sessions() {
  return (
    <>
      <h1>Sessions</h1>
      <ReportsOf>
        <Scope isOneSuite tools={<BotsSwitch />}><Narrow /><Filters /></Scope>
        <List />
      </ReportsOf>
    </>
  );
}

/** What is there only of sessions: a search, open or closed, one visitor. */
function Narrow() {
  const { address, go } = useApp();
  const { state = '', reason = '', visitor, search } = address.filters;
  const look = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    go(withFilters(address, { search: String(form.get('search')).trim() }));
  };
  const choose = (choice: string) => {
    const isState = choice === 'open' || choice === 'closed';
    go(withFilters(address, { state: isState ? choice : '', reason: isState ? '' : choice }));
  };
  return (
    <>
      <form class="search" role="search" onSubmit={look}>
        <input key={search} type="search" name="search" placeholder="Content name, or a session id" aria-label="Search a content name or a session id" defaultValue={search ?? ''}
          onInput={(event) => event.currentTarget.value || go(withFilters(address, { search: '' }))} />
      </form>
      <select aria-label="State" value={reason || state} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">Open and closed</option>
        <option value="open">Open</option>
        <option value="closed">Closed</option>
        <optgroup label="Closed because">
          {Object.entries(REASON_TITLES).map(([name, title]) => <option key={name} value={name}>{title}</option>)}
        </optgroup>
      </select>
      {visitor && <Chip label="Visitor" text={visitor} drop={() => go(withFilters(address, { visitor: '' }))} />}
    </>
  );
}

const ask = async (request: SearchRequest, signal?: AbortSignal) => (await (await post(PATH, request, signal)).json()) as Found;

function List() {
  const { address, zone } = useApp();
  const { scope, catalog } = useReports();
  const request = searchRequest(scope, address, catalog);
  const key = JSON.stringify(request);
  // While only its first page is there it is asked for anew.
  const [isLong, setLong] = useState(false);
  const first = useResource(key, (signal) => ask(request, signal), isLong || scope.to !== undefined ? 0 : EVERY);
  const isCounted = !address.filters.state;
  const all = useReport(isCounted ? { metrics: ['sessions'], filters: listFilters(address) } : null);
  const { pages, more, isBusy, failure } = usePages(key, first.data, (cursor) => ask({ ...request, cursor }));
  useEffect(() => setLong(pages.length > 0), [pages.length > 0]);
  const data = first.data && { ...first.data, sessions: [first.data, ...pages].flatMap(({ sessions }) => sessions) };
  return (
    <>
      <ColumnPicker />
      <DataPanel
        title="Found"
        resource={{ ...first, ...(data ? { data } : {}) }}
        isTable
        class="flush"
        grid={(found) => grid(found, zone)}
        isEmpty={({ sessions }) => sessions.length === 0}
        empty="No session in this range fits"
        asked={<ShowSearch path={PATH} request={request} understood={first.data?.request} title="Found" />}
      >
        {(found) => (
          <>
            <Rows found={found} />
            <div class="foot">
              <span role="status">{counted(found.sessions.length, more ? all.data?.totals[0] : found.sessions.length)}{open(found.sessions)}</span>
              {failure && <span class="bad" role="alert">{failure}</span>}
              {more && <button type="button" disabled={isBusy} onClick={() => void more()}>{isBusy ? 'Loading…' : 'Load more'}</button>}
            </div>
          </>
        )}
      </DataPanel>
    </>
  );
}

const some = (sessions: number) => `${count(sessions)} ${sessions === 1 ? 'session' : 'sessions'}`;

function counted(shown: number, all: number | null | undefined): string {
  if (all === shown) return some(shown);
  return all ? `${count(shown)} of ${some(all)}` : `${some(shown)} so far`;
}

function open(sessions: FoundSession[]): string {
  const open = sessions.filter(({ provisional }) => provisional).length;
  return open > 0 ? `, ${count(open)} of them open: their numbers are provisional` : '';
}

/** The columns that are not put together to one. */
const isShown = (name: string) => name !== 'name' && name !== 'friendlyName' && name !== 'closeReason';

function Rows({ found }: { found: Found }) {
  const { address, go, zone, now } = useApp();
  const { catalog } = useReports();
  const dimensions = found.headings.filter(({ kind }) => kind === 'dimension');
  const metrics = found.headings.filter(({ kind }) => kind === 'metric');
  const place = (name: string) => dimensions.findIndex((heading) => heading.name === name);
  const text = ({ key }: FoundSession, name: string) => [key[place(name)] ?? ''].flat().join(', ');
  const most = metrics.map((_, at) => found.sessions.reduce((most, { values }) => Math.max(most, values[at] ?? 0), 0));
  // The server has put them in order.
  const asTheyCome = () => 0;
  const columns: Column<FoundSession>[] = [
    {
      name: 'start', title: 'Started', about: `By the clock of the player, in ${zone}`, isNumber: true, sortBy: asTheyCome,
      cell: ({ start }) => <span class="nowrap">{moment(start, zone, now())}</span>,
    },
    {
      name: 'content', title: 'Content',
      cell: (row) => <Link to={toPage(address, `/sessions/${row.sid}`)} class="main"><bdi>{short(text(row, 'friendlyName') || text(row, 'name') || shortSid(row.sid), 60)}</bdi></Link>,
    },
    ...dimensions.filter(({ name }) => isShown(name)).map(({ name }, at): Column<FoundSession> => ({
      name, title: dimensionTitle(catalog, name), about: `Dimension ${name}`, isExtra: at > 0,
      cell: ({ key }) => {
        const values = [key[place(name)] ?? []].flat();
        if (values.length === 0) return <span class="quiet">{NOTHING}</span>;
        return values.map((value, at) => (
          <>{at > 0 && ', '}<Link to={withCondition(address, { name, way: 'is', value })} title={short(value)}><bdi>{short(valueText(name, value), 20)}</bdi></Link></>
        ));
      },
    })),
    ...metrics.map(({ name, unit }, at): Column<FoundSession> => ({
      name, title: metricTitle(catalog, name), about: metricAbout(catalog, name), isNumber: true, isExtra: at > 0,
      ...(isOrder(catalog, name) ? { sortBy: asTheyCome } : {}),
      cell: ({ values }) => {
        const value = values[at];
        const told = unit === 'flag' && value !== null ? (value ? 'yes' : 'no') : number(value, unit, name);
        return at === 0 && unit !== 'flag' ? <Bar value={value ?? null} most={most[at]!} text={told} /> : told;
      },
    })),
    { name: 'state', title: 'State', cell: (row) => <StateBadge isOpen={row.provisional} reason={text(row, 'closeReason')} /> },
  ];
  return (
    <Table caption="Sessions" columns={columns} rows={found.sessions} rowKey={({ sid }) => sid} sort={address.sort || '-start'}
      onSort={(sort) => go({ ...address, sort: sort === '-start' ? '' : sort }, 'replace')} />
  );
}

function grid({ headings, sessions }: Found, zone: string): Grid {
  const at = (instant: number) => `${dayName(instant, zone)} ${clockTime(instant, zone)}`;
  return {
    columns: [
      { title: 'Session', unit: 'text' }, { title: `Started, ${zone}`, unit: 'time' }, { title: `Ended, ${zone}`, unit: 'time' },
      ...headings.map(({ title, unit, name, kind }) => ({ title, unit: kind === 'dimension' ? 'text' : unit, name })),
    ],
    rows: sessions.map(({ sid, start, end, key, values }) => [sid, at(start), at(end), ...key.map((value) => (Array.isArray(value) ? value.join(', ') : value)), ...values]),
  };
}
