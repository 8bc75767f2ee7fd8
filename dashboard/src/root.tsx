/** Asks the server who it is, logs in where that is needed, and shows the page of the address. */

import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { get } from './api/client';
import type { Server } from './api/types';
import { Connect } from './pages/connect';
import { Ads } from './pages/ads';
import { Audience } from './pages/audience';
import { Content } from './pages/content';
import { Explore } from './pages/explore';
import { Health } from './pages/health';
import { Login } from './pages/login';
import { Now } from './pages/now';
import { Quality } from './pages/quality';
import { SessionPage } from './pages/session';
import { Sessions } from './pages/sessions';
import { TitlePage } from './pages/title';
import { formatAddress, parseAddress, toPage, type Address } from './state/address';
import { AppContext, useApp, type App } from './state/app';
import { useFirstRun } from './state/first-run';
import { resolveRange } from './state/ranges';
import { unauthorized, useResource } from './state/resource';
import { isZone } from './state/zones';
import { Frame, PAGES } from './ui/frame';
import { Link } from './ui/link';
import { Empty, Failed, Loading } from './ui/states';

/** How often the server is asked for its word about itself, ms. */
const SERVER_EVERY = 15_000;
/** The same while it does not answer, or has received nothing. */
const WAITING_EVERY = 2_000;

export function Root() {
  const [isOut, setOut] = useState(false);
  const [isWaiting, setWaiting] = useState(false);
  unauthorized.handle = () => setOut(true);
  const server = useResource(
    `server ${isOut}`,
    (signal) => get<Server>('/v1/server', {}, signal),
    isOut ? 0 : isWaiting ? WAITING_EVERY : SERVER_EVERY,
  );
  const hasNothing = !server.data?.received;
  useEffect(() => setWaiting(hasNothing), [hasNothing]);
  if (isOut) return <Login done={() => setOut(false)} />;
  if (!server.data) {
    return <main class="alone">{server.error ? <Failed error={server.error} again={server.reload} /> : <Loading what="playhead" />}</main>;
  }
  return <Shell server={server.data} />;
}

function Shell({ server }: { server: Server }) {
  const [address, go] = useAddress();
  // By how much server time is ahead of the clock of this machine.
  const [ahead] = useState(() => server.now - Date.now());
  const suite = address.filters.suite ?? server.suites[0]?.id ?? '';
  const zone = zoneOf(server, address, REPORTS.has(address.path) ? suite : address.filters.suite);
  const standing = server.clock === 'manual' ? server.now : null;
  const now = useCallback(() => standing ?? Date.now() + ahead, [standing]);
  const range = JSON.stringify(address.range);
  const app: App = {
    server,
    address,
    go,
    suite,
    zone,
    now,
    instants: useMemo(() => resolveRange(address.range, now(), zone), [range, zone, now, address.path]),
  };
  return (
    <AppContext.Provider value={app}>
      <Frame><Page /></Frame>
    </AppContext.Provider>
  );
}

/** Pages of reports, which are of one suite. */
const REPORTS = new Set(['/', '/now', '/content', '/quality', '/ads', '/audience', '/explore', '/sessions']);

function Page() {
  const { address } = useApp();
  const { isFirst, came } = useFirstRun();
  const [, first, second] = address.path.split('/');
  const sid = first === 'sessions' ? second : undefined;
  const title = sid ? 'Session' : address.path === '/connect' ? 'Connect a player' : PAGES.find(({ path }) => path === address.path)?.title;
  useEffect(() => {
    document.title = title ? `${title} · playhead` : 'playhead';
  }, [title]);
  if (isFirst === undefined) return <Loading what="what there is" />;
  // There is one thing to do.
  if (isFirst && !sid) return <Connect first={came} />;
  if (sid) return <SessionPage key={sid} sid={sid} />;
  switch (address.path) {
    case '/':
    case '/content':
      return address.own.title ? <TitlePage id={address.own.title[0]!} /> : <Content />;
    case '/now':
      return <Now />;
    case '/quality':
      return <Quality />;
    case '/ads':
      return <Ads />;
    case '/audience':
      return <Audience />;
    case '/explore':
      return <Explore />;
    case '/sessions':
      return <Sessions />;
    case '/health':
      return <Health />;
    case '/connect':
      return <Connect />;
    default:
      return <Empty title="There is no such page"><Link to={toPage(address, '/sessions')}>To the sessions</Link></Empty>;
  }
}

function zoneOf(server: Server, { zone }: Address, suite: string | undefined): string {
  const named = zone || server.suites.find(({ id }) => id === suite)?.timeZone || server.timeZone;
  return isZone(named) ? named : 'UTC';
}

/** The address of the page, and how to change it. */
function useAddress(): [Address, App['go']] {
  const read = () => parseAddress(location.pathname, location.search);
  const [address, setAddress] = useState(read);
  useEffect(() => {
    const moved = () => setAddress(read());
    addEventListener('popstate', moved);
    return () => removeEventListener('popstate', moved);
  }, []);
  const go = useCallback<App['go']>((next, how) => {
    const isElsewhere = next.path !== location.pathname;
    if (how === 'replace') history.replaceState(null, '', formatAddress(next));
    else history.pushState(null, '', formatAddress(next));
    setAddress(next);
    if (isElsewhere) {
      scrollTo(0, 0);
      document.getElementById('main')?.focus({ preventScroll: true });
    }
  }, []);
  return [address, go];
}
