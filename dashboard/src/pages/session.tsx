/** One session: what happened, every number with its reason, every call with what became of it. */

import { useEffect, useState } from 'preact/hooks';
import { get } from '../api/client';
import type { Explanation, Session } from '../api/types';
import { Calls } from '../panels/session/calls';
import { metricKey } from '../panels/session/groups';
import { Metrics } from '../panels/session/metrics';
import { Ads, Properties } from '../panels/session/properties';
import { Timeline } from '../panels/session/timeline';
import { toPage } from '../state/address';
import { useApp } from '../state/app';
import { useResource, type Resource } from '../state/resource';
import { StateBadge } from '../ui/badge';
import { bitrate, duration, NOTHING, share, short } from '../ui/format';
import { Link } from '../ui/link';
import { Empty, Loaded } from '../ui/states';

/** How often an open session is asked for, ms. */
const EVERY = 3_000;

export function SessionPage({ sid }: { sid: string }) {
  const { address } = useApp();
  const [isOpen, setOpen] = useState(false);
  const every = isOpen ? EVERY : 0;
  const path = `/v1/sessions/${encodeURIComponent(sid)}`;
  const session = useResource(path, (signal) => get<Session>(path, {}, signal), every);
  const explanation = useResource(`${path}/explain`, (signal) => get<Explanation>(`${path}/explain`, {}, signal), every);
  useEffect(() => setOpen(session.data?.state === 'open'), [session.data?.state]);
  const back = <Link to={toPage(address, '/sessions')}>← Sessions</Link>;
  const status = session.error?.status;
  if (!session.data && (status === 404 || status === 400)) {
    return (
      <>
        <p>{back}</p>
        <section class="card">
          <Empty title="There is no such session">
            It was never opened here, or it is no longer kept. The id asked for is <code class="break">{short(sid, 80)}</code>.
          </Empty>
        </section>
      </>
    );
  }
  return (
    <>
      <p>{back}</p>
      <Loaded resource={session} what="the session">
        {(data) => <Whole session={data} explanation={explanation} />}
      </Loaded>
    </>
  );
}

function Whole({ session, explanation }: { session: Session; explanation: Resource<Explanation> }) {
  const { zone } = useApp();
  const [chosen, choose] = useState('');
  const [marked, mark] = useState<number | null>(null);
  useEffect(() => {
    if (marked === null) return;
    const row = document.getElementById(`call-${marked}`);
    row?.scrollIntoView({ block: 'center' });
    row?.focus({ preventScroll: true });
  }, [marked]);
  const isGone = explanation.error?.status === 410;
  return (
    <>
      <Head session={session} />
      <Figures session={session} />
      {isGone ? (
        <section class="card">
          <Empty title="Its events are no longer kept">
            The log is kept for a time only. The numbers stay; what they are made of can no longer be shown.
          </Empty>
        </section>
      ) : (
        <Loaded resource={explanation} what="what the numbers are made of">
          {(data) => (
            <>
              <Timeline
                explanation={data}
                session={session}
                metric={data.metrics.find((metric) => metricKey(metric) === chosen) ?? null}
                onCall={mark}
              />
              <Metrics explanation={data} session={session} chosen={chosen} choose={choose} onCall={mark} />
              <Calls explanation={data} zone={zone} marked={marked} />
            </>
          )}
        </Loaded>
      )}
      <Ads ads={session.ads} />
      <Properties session={session} explanation={explanation.data} />
    </>
  );
}

function Head({ session }: { session: Session }) {
  const { address } = useApp();
  const { friendlyName, name, playerName, appVersion, visitor, reportSuite } = session.session;
  return (
    <div class="head">
      <h1><bdi>{short(String(friendlyName ?? name ?? 'Session'), 200)}</bdi> <StateBadge isOpen={session.state === 'open'} reason={String(session.session.closeReason ?? '')} /></h1>
      <p class="quiet break">
        <Link to={toPage(address, '/sessions', { player: String(playerName ?? '') })}><bdi>{short(String(playerName ?? NOTHING), 60)}</bdi></Link>{' '}
        <bdi>{appVersion ? short(String(appVersion), 30) : ''}</bdi> · suite{' '}
        <Link to={toPage(address, '/sessions', { suite: String(reportSuite ?? '') })}><bdi>{short(String(reportSuite ?? NOTHING), 60)}</bdi></Link>
        {visitor && <> · visitor <Link to={toPage(address, '/sessions', { visitor: String(visitor) })}><bdi>{short(String(visitor), 40)}</bdi></Link></>}
        <br />
        <code class="break">{session.sid}</code>
      </p>
      {session.provisional && (
        <p class="notice live" role="status">This session is open: its numbers are those of a close right now, and they are asked for again every few seconds.</p>
      )}
    </div>
  );
}

/** The few numbers that most people came for. */
function Figures({ session }: { session: Session }) {
  const number = (name: string) => Number(session.session[name] ?? 0);
  const length = number('length');
  const start = session.session.timeToStart;
  const figures: [string, string, string][] = [
    ['Content time', duration(number('timePlayed')), 'Content time spent (R4.1)'],
    ['Media time', duration(number('totalTimePlayed')), 'Content, ads and the gaps between them (R4.8)'],
    ['Watched', length > 0 && length < 86_400 ? share(number('uniqueTimePlayed'), length) : duration(number('uniqueTimePlayed')), 'Unique time played, of the length where that is known (R4.5)'],
    ['Time to start', start === null || start === undefined ? NOTHING : duration(Number(start)), 'As the player reported it (R8.4)'],
    ['Buffering', duration(number('bufferTime')), `${number('bufferCount')} times (R4.3)`],
    ['Stalls', duration(number('stallTime')), `${number('stallCount')} times (R4.4)`],
    ['Bitrate', session.session.bitrateAverage ? bitrate(number('bitrateAverage')) : NOTHING, 'Average over the time played (R8.1)'],
    ['Errors', String(number('errorCount')), 'Error events (R8.2)'],
  ];
  return (
    <dl class="figures">
      {figures.map(([title, text, about]) => (
        <div key={title} title={about}><dt>{title}</dt><dd>{text}</dd></div>
      ))}
    </dl>
  );
}
