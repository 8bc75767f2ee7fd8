/** What players do wrong, and what to change in them: the page that a player engineer opens first. */

import { useMemo, useRef } from 'preact/hooks';
import { get } from '../api/client';
import type { Outcomes, PlayerCounts, Session, SessionList } from '../api/types';
import { findings } from '../panels/health/findings';
import { narrowed, refusedSum } from '../panels/health/ledger';
import { FindingList } from '../panels/health/list';
import { askPingless, pinglessSql } from '../panels/health/pings';
import { toPage } from '../state/address';
import { useApp, type App } from '../state/app';
import { useResource, type Resource } from '../state/resource';
import { count, NOTHING, share, short } from '../ui/format';
import { Scope } from '../ui/frame';
import { Link } from '../ui/link';
import { Empty, Loaded, Stale } from '../ui/states';
import { Table, type Column } from '../ui/table';

const EVERY = 10_000;
/** Sessions are many bytes, and change slowly as a whole. */
const SESSIONS_EVERY = 60_000;
/** The latest sessions that are looked at. */
const SESSIONS = 500;

export function Health() {
  const app = useApp();
  const { suite, player, sdk } = app.address.filters;
  const outcomes = useResource('outcomes', (signal) => get<Outcomes>('/v1/outcomes', {}, signal), EVERY);
  const parameters = { suite, player, sdk, limit: SESSIONS };
  const sessions = useResource(
    `health ${JSON.stringify(parameters)}`,
    (signal) => get<SessionList>('/v1/sessions', parameters, signal),
    SESSIONS_EVERY,
  );
  const pingless = usePingless(sessions.data?.sessions);
  return (
    <>
      <h1>Integration health</h1>
      <Scope hasRange={false} />
      <p class="quiet">
        Every event received ends in exactly one outcome. They are counted since the data folder began, whatever range of time
        is chosen elsewhere; what is said of sessions is about the latest {SESSIONS}.
      </p>
      <Loaded resource={outcomes} what="outcomes">
        {(data) => {
          const part = narrowed(data, app.address.filters);
          const found = findings(part, sessions.data?.sessions ?? [], pingless.data);
          return (
            <>
              <Ledger total={part.total} />
              {pingless.error && <Stale error={pingless.error} again={pingless.reload} />}
              {sessions.error && <Stale error={sessions.error} again={sessions.reload} />}
              <section class="card" aria-labelledby="findings">
                <h2 id="findings">Findings <span class="quiet">{count(found.length)}</span></h2>
                {!sessions.data && !sessions.error && <p class="quiet" role="status">Sessions are still being looked at…</p>}
                {found.length > 0 ? (
                  <FindingList findings={found} />
                ) : (
                  <Empty title="Nothing to mend">{part.total.received === 0 ? 'Nothing of this player was received.' : 'Every event was accepted, and the sessions look as they should.'}</Empty>
                )}
              </section>
              <section class="card flush" aria-labelledby="players">
                <div class="card-head"><h2 id="players">Players</h2></div>
                <Players rows={part.byPlayer} app={app} />
              </section>
            </>
          );
        }}
      </Loaded>
    </>
  );
}

/** Those of the sessions in which pings are missing. The answer for the ones before stays until the next one. */
function usePingless(sessions: Session[] | undefined): Resource<ReadonlySet<string>> {
  const sql = useMemo(() => sessions && pinglessSql(sessions), [sessions]);
  const resource = useResource(sql ?? '', (signal) => askPingless(sql!, signal));
  const last = useRef<ReadonlySet<string>>();
  if (resource.data) last.current = resource.data;
  return { ...resource, ...(last.current ? { data: last.current } : {}) };
}

/** Where all events went, in one line of boxes. */
function Ledger({ total }: { total: Outcomes['total'] }) {
  const settled = (name: string) => total.settled[name] ?? 0;
  const boxes: [string, number, string, string][] = [
    ['Received', total.received, '', 'All events that came to the door'],
    ['Accepted', settled('accepted'), 'good', 'Applied as they came'],
    ['Refused', refusedSum(total), 'bad', 'Answered with an error, and not counted'],
    ['Late', settled('late'), 'warn', 'Applied, their time raised (R2.4)'],
    ['Ignored', settled('ignored'), 'warn', 'Applied, but a rule voids what they would do'],
    ['Duplicate', settled('duplicate'), '', 'Equal to an event before them (R2.2)'],
    ['After close', settled('after_close'), 'warn', 'In order they come after the end of their session'],
    ['Held', total.held, '', 'Wait for those before them, five seconds at most'],
  ];
  return (
    <dl class="figures">
      {boxes.map(([title, number, tone, about], index) => (
        <div key={title} title={about} class={number > 0 ? tone : ''}>
          <dt>{title}</dt>
          <dd>{count(number)}{index > 0 && <span class="quiet"> {share(number, total.received)}</span>}</dd>
        </div>
      ))}
    </dl>
  );
}

function Players({ rows, app }: { rows: PlayerCounts[]; app: App }) {
  const { address, go } = app;
  if (rows.length === 0) return <Empty title="No player fits the filters" />;
  return (
    <Table
      caption="Players and versions"
      columns={columns(app)}
      rows={rows}
      rowKey={(row) => JSON.stringify([row.suite, row.player, row.sdkVersion])}
      sort={address.sort || '-received'}
      onSort={(sort) => go({ ...address, sort }, 'replace')}
    />
  );
}

function columns({ address }: App): Column<PlayerCounts>[] {
  const part = (name: string, title: string, about: string, number: (row: PlayerCounts) => number): Column<PlayerCounts> => ({
    name,
    title,
    about,
    isNumber: true,
    sortBy: (row) => (row.received === 0 ? null : number(row) / row.received),
    cell: (row) => (number(row) === 0 ? <span class="quiet">{NOTHING}</span> : <span title={`${count(number(row))} of ${count(row.received)}`}>{share(number(row), row.received)}</span>),
  });
  return [
    {
      name: 'player',
      title: 'Player',
      sortBy: (row) => row.player,
      cell: (row) => (
        <Link to={toPage(address, '/health', { suite: row.suite, player: row.player, sdk: row.sdkVersion })}>
          <bdi>{short(row.player || (row.suite ? 'unnamed' : 'could not be told'), 50)}</bdi>
        </Link>
      ),
    },
    { name: 'version', title: 'Version', sortBy: (row) => row.sdkVersion, cell: (row) => <bdi>{short(row.sdkVersion || NOTHING, 30)}</bdi> },
    { name: 'suite', title: 'Suite', isExtra: true, sortBy: (row) => row.suite, cell: (row) => <bdi>{short(row.suite || NOTHING, 40)}</bdi> },
    { name: 'received', title: 'Received', about: 'Events', isNumber: true, sortBy: (row) => row.received, cell: (row) => count(row.received) },
    part('refused', 'Refused', 'Answered with an error', refusedSum),
    part('late', 'Late', 'R2.4', (row) => row.settled.late ?? 0),
    part('ignored', 'Ignored', 'A rule voids what they would do', (row) => row.settled.ignored ?? 0),
    part('duplicate', 'Duplicate', 'R2.2', (row) => row.settled.duplicate ?? 0),
    part('after', 'After close', 'R2.5, R2.7', (row) => row.settled.after_close ?? 0),
    {
      name: 'sessions',
      title: 'Sessions',
      isExtra: true,
      cell: (row) => <Link to={toPage(address, '/sessions', { suite: row.suite, player: row.player, sdk: row.sdkVersion })}>show</Link>,
    },
  ];
}
