/** Right now: who watches what, second by second. */

import { useMemo, useRef, useState } from 'preact/hooks';
import { dimensionTitle } from '../api/catalog';
import { livePath, splitBy } from '../api/live';
import { titles } from '../panels/content/titles';
import { LiveChart } from '../panels/now/chart';
import { LIVE_MEASURES } from '../panels/now/history';
import { isLive, isTaken, liveQuestion } from '../panels/now/question';
import { Split } from '../panels/now/split';
import { conditions, withOwn } from '../state/address';
import { useApp } from '../state/app';
import { useLive, type Following } from '../state/live';
import { ReportsOf, useReport, useReports } from '../state/reports';
import { clockTime } from '../state/zones';
import { BotsSwitch, Filters } from '../ui/filters';
import { Scope } from '../ui/frame';
import { number } from '../ui/number';
import { Pick } from '../ui/pick';
import { Loading, Stale } from '../ui/states';

export function Now() {
  return (
    <>
      <h1>Now</h1>
      <ReportsOf><Live /></ReportsOf>
    </>
  );
}

const ALWAYS = [['name', 'Content', 'Title'], ['playerName', 'Players', 'Player'], ['channel', 'Channels', 'Channel']] as const;
const FIRST = ALWAYS[0][0];
const DEFAULT_BY = 'device';

function Live() {
  const { address, go, suite, zone } = useApp();
  const { catalog } = useReports();
  // Another question goes on.
  const [pausedAt, setPausedAt] = useState('');
  const by = address.own.by?.[0] ?? DEFAULT_BY;
  const all = conditions(address);
  const path = livePath(liveQuestion(catalog, suite, [...ALWAYS.map(([name]) => name), by], all, address.bots));
  const isPaused = pausedAt === path;
  const live = useLive(path, isPaused);
  const { frame, error } = live;
  const names = useNames(live);
  const chosen = LIVE_MEASURES.find(({ name }) => name === address.own.chart?.[0]) ?? LIVE_MEASURES[0]!;
  return (
    <>
      <Scope isOneSuite hasRange={false} tools={
        <>
          <BotsSwitch />
          <button type="button" aria-pressed={isPaused} onClick={() => setPausedAt(isPaused ? '' : path)}>{isPaused ? 'Go on' : 'Pause'}</button>
        </>
      }>
        <Filters isTaken={(condition) => isTaken(catalog, condition)} />
      </Scope>
      {error && frame && <Stale error={error} again={live.again} />}
      {frame && !frame.complete && <p class="notice live" role="status">The server was restarted and still counts the open sessions: there are more than this.</p>}
      {frame ? (
        <dl class="figures">
          {LIVE_MEASURES.map(({ name, title, unit, about }) => (
            <div key={name} class={name === chosen.name ? 'chosen' : ''} title={about}>
              <dt>
                <button type="button" class="plain tile" aria-pressed={name === chosen.name}
                  onClick={() => go(withOwn(address, { chart: name === LIVE_MEASURES[0]!.name ? [] : [name] }), 'replace')}>{title}</button>
              </dt>
              <dd>{number(frame.totals[name], unit)}</dd>
            </div>
          ))}
        </dl>
      ) : !error && <Loading what="who watches now" />}
      <LiveChart key={chosen.name} measure={chosen} live={live} path={path} />
      {frame && (
        <p class="asof quiet">
          {isPaused ? 'Paused as of ' : 'As of '}<time dateTime={new Date(frame.at).toISOString()}>{clockTime(frame.at, zone)}</time>, server time. Starts and failures are those of the minute before.
        </p>
      )}
      <div class="split">
        {ALWAYS.map(([name, title, head]) => (
          <Split key={name} title={title} head={head} split={splitBy(frame, FIRST, name)} live={live} path={path} {...(name === 'name' ? { names } : {})} />
        ))}
        <Split key={by} title={dimensionTitle(catalog, by)} head={dimensionTitle(catalog, by)} split={splitBy(frame, FIRST, by)} live={live} path={path} tools={
          <Pick text="By …" label="Split by another dimension" placeholder="Country, genre, custom.league …"
            choices={catalog.dimensions.filter(({ name }) => isLive(catalog, name)).map(({ name, title }) => ({ name, title }))}
            onPick={(name) => go(withOwn(address, { by: name === DEFAULT_BY ? [] : [name] }), 'replace')}
            free={(typed) => (/^custom\../.test(typed) ? dimensionTitle(catalog, typed) : null)} />
        } />
      </div>
    </>
  );
}

/** The names of the content that is watched: asked for when content comes that has not been seen. */
function useNames(live: Following): Map<string, string> {
  const known = useRef(new Map<string, string>());
  const groups = splitBy(live.frame, FIRST, 'name')?.groups ?? [];
  const missing = groups.flatMap(({ value }) => (value && !known.current.has(value) ? [value] : [])).sort();
  const report = useReport(missing.length > 0 ? {
    metrics: ['sessions'],
    dimensions: ['name', 'friendlyName'],
    filters: [{ dimension: 'name', op: 'in', value: missing }],
    limit: 100,
  } : null);
  return useMemo(() => {
    for (const [id, { name }] of titles(report.data)) known.current.set(id, name);
    return new Map(known.current);
  }, [report.data]);
}
