/** The sessions of the range, newest first, and the way to one of them. */

import { useEffect, useState } from 'preact/hooks';
import { get } from '../api/client';
import type { Session, SessionList, Values } from '../api/types';
import { toPage, withFilters, type Address } from '../state/address';
import { useApp, type App } from '../state/app';
import { useResource } from '../state/resource';
import { REASON_TITLES, StateBadge } from '../ui/badge';
import { count, duration, moment, NOTHING, short, shortSid } from '../ui/format';
import { Chip, Scope } from '../ui/frame';
import { Link } from '../ui/link';
import { Empty, Loaded } from '../ui/states';
import { Table, type Column } from '../ui/table';
import { searchParameters } from './search';

const PAGE = 100;
/** How often the list is asked for anew while only its first page is there, ms. */
const EVERY = 10_000;

export function Sessions() {
  const app = useApp();
  const { address, go, instants } = app;
  const parameters = listParameters(address, instants);
  const key = JSON.stringify(parameters);
  const [more, setMore] = useState<SessionList[]>([]);
  useEffect(() => setMore([]), [key]);
  const first = useResource(key, (signal) => get<SessionList>('/v1/sessions', parameters, signal), more.length ? 0 : EVERY);
  const search = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    go(withFilters(address, { search: String(form.get('search')).trim() }));
  };
  const { state = '', reason = '', visitor } = address.filters;
  return (
    <>
      <h1>Sessions</h1>
      <Scope>
        <form class="search" role="search" onSubmit={search}>
          <input
            key={address.filters.search}
            type="search"
            name="search"
            placeholder="Content, or a session id"
            aria-label="Search content or a session id"
            defaultValue={address.filters.search ?? ''}
            onInput={(event) => event.currentTarget.value || go(withFilters(address, { search: '' }))}
          />
        </form>
        <select
          aria-label="State"
          value={reason || state}
          onChange={(event) => go(withFilters(address, stateFilters(event.currentTarget.value)))}
        >
          <option value="">Open and closed</option>
          <option value="open">Open</option>
          <option value="closed">Closed</option>
          <optgroup label="Closed because">
            {Object.entries(REASON_TITLES).map(([name, title]) => <option key={name} value={name}>{title}</option>)}
          </optgroup>
        </select>
        {visitor && <Chip label="Visitor" text={visitor} drop={() => go(withFilters(address, { visitor: '' }))} />}
      </Scope>
      <Loaded resource={first} what="sessions">
        {(page) => <List pages={[page, ...more]} parameters={parameters} add={(next) => setMore([...more, next])} />}
      </Loaded>
    </>
  );
}

function listParameters(address: Address, instants: App['instants']) {
  const { suite, player, sdk, visitor, state, reason, search } = address.filters;
  return {
    suite, player, sdk, visitor, state,
    close_reason: reason,
    ...searchParameters(search),
    ...(instants.from === undefined ? {} : { from: Math.max(0, instants.from) }),
    ...(instants.to === undefined ? {} : { to: instants.to }),
    limit: PAGE,
  };
}

function stateFilters(choice: string) {
  const isState = choice === 'open' || choice === 'closed';
  return { state: isState ? choice : '', reason: isState ? '' : choice };
}

interface ListProps {
  pages: SessionList[];
  parameters: ReturnType<typeof listParameters>;
  add: (page: SessionList) => void;
}

function List({ pages, parameters, add }: ListProps) {
  const app = useApp();
  const { address, go } = app;
  const [failure, setFailure] = useState('');
  const [isBusy, setBusy] = useState(false);
  const rows = pages.flatMap((page) => page.sessions);
  const next = pages.at(-1)?.next ?? null;
  const load = async () => {
    setBusy(true);
    setFailure('');
    try {
      add(await get<SessionList>('/v1/sessions', { ...parameters, cursor: next ?? undefined }));
    } catch (error) {
      setFailure((error as Error).message);
    }
    setBusy(false);
  };
  const open = rows.filter((row) => row.state === 'open').length;
  return (
    <section class="card flush">
      {rows.length === 0 ? (
        <Empty title={next ? 'None among those looked at so far' : 'No session in this range fits'}>
          {next ? 'There are older ones to look at.' : 'Choose another range, or take a filter away.'}
        </Empty>
      ) : (
        <Table
          caption="Sessions"
          columns={columns(app, Math.max(...rows.map((row) => Number(row.session.timePlayed ?? 0))))}
          rows={rows}
          rowKey={(row) => row.sid}
          sort={address.sort}
          onSort={(sort) => go({ ...address, sort }, 'replace')}
        />
      )}
      <div class="foot">
        <span role="status">
          {count(rows.length)} {rows.length === 1 ? 'session' : 'sessions'}{next && ' so far'}
          {open > 0 && `, ${count(open)} of them open: their numbers are provisional`}
          {next && address.sort && '. Sorted are those that are loaded'}
        </span>
        {failure && <span class="bad" role="alert">{failure}</span>}
        {next && <button type="button" disabled={isBusy} onClick={() => void load()}>{isBusy ? 'Loading…' : 'Load older ones'}</button>}
      </div>
    </section>
  );
}

const text = (values: Values, name: string) => String(values[name] ?? '');

function columns({ address, zone, now }: App, longest: number): Column<Session>[] {
  return [
    {
      name: 'started',
      title: 'Started',
      about: `Server time of the start, in ${zone}`,
      sortBy: (row) => row.startedAt ?? 0,
      cell: (row) => <span class="nowrap">{moment(row.startedAt ?? 0, zone, now())}</span>,
    },
    {
      name: 'content',
      title: 'Content',
      sortBy: (row) => text(row.session, 'friendlyName') || text(row.session, 'name'),
      cell: (row) => (
        <Link to={toPage(address, `/sessions/${row.sid}`)} class="main">
          <bdi>{short(text(row.session, 'friendlyName') || text(row.session, 'name') || shortSid(row.sid), 60)}</bdi>
        </Link>
      ),
    },
    {
      name: 'player',
      title: 'Player',
      isExtra: true,
      sortBy: (row) => text(row.session, 'playerName'),
      cell: (row) => (
        <>
          <Link to={withFilters(address, { player: text(row.session, 'playerName') })} title="Only this player">
            <bdi>{short(text(row.session, 'playerName'), 30)}</bdi>
          </Link>{' '}
          <span class="quiet"><bdi>{short(text(row.session, 'appVersion'), 20)}</bdi></span>
        </>
      ),
    },
    {
      name: 'visitor',
      title: 'Visitor',
      isExtra: true,
      sortBy: (row) => text(row.session, 'visitor') || null,
      cell: (row) => {
        const visitor = text(row.session, 'visitor');
        return visitor ? (
          <Link to={withFilters(address, { visitor })} title="Only this visitor"><bdi>{short(visitor, 16)}</bdi></Link>
        ) : NOTHING;
      },
    },
    {
      name: 'timePlayed',
      title: 'Content time',
      about: 'Content time spent: main content that played, without stalls (R4.1)',
      isNumber: true,
      sortBy: (row) => Number(row.session.timePlayed ?? 0),
      cell: (row) => <TimeBar seconds={Number(row.session.timePlayed ?? 0)} longest={longest} />,
    },
    {
      name: 'trouble',
      title: 'Trouble',
      about: 'Errors, buffering and stalls of the session',
      isExtra: true,
      sortBy: (row) => Number(row.session.errorCount ?? 0) * 1e6 + Number(row.session.bufferTime ?? 0) + Number(row.session.stallTime ?? 0),
      cell: (row) => <Trouble values={row.session} />,
    },
    { name: 'state', title: 'State', sortBy: (row) => text(row.session, 'closeReason') || 'open', cell: (row) => <StateBadge session={row} /> },
  ];
}

function TimeBar({ seconds, longest }: { seconds: number; longest: number }) {
  return (
    <span class="timebar">
      <span class="fill" style={{ width: `${longest > 0 ? (100 * seconds) / longest : 0}%` }} />
      <span>{duration(seconds)}</span>
    </span>
  );
}

/** What went wrong, in as few words as will do. */
function Trouble({ values }: { values: Values }) {
  const told: string[] = [];
  const errors = Number(values.errorCount ?? 0);
  if (errors > 0) told.push(`${count(errors)} ${errors === 1 ? 'error' : 'errors'}`);
  if (Number(values.bufferTime ?? 0) > 0) told.push(`buffered ${duration(Number(values.bufferTime))}`);
  if (Number(values.stallTime ?? 0) > 0) told.push(`stalled ${duration(Number(values.stallTime))}`);
  if (values.isDroppedBeforeStart === true) told.push('dropped before start');
  return <span class={errors > 0 ? 'bad' : 'quiet'}>{told.join(', ') || NOTHING}</span>;
}
