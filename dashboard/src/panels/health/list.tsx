/** The findings, each with its rule, its advice, and something to look at. */

import { useState } from 'preact/hooks';
import { get } from '../../api/client';
import type { Call, Sample, SessionList } from '../../api/types';
import { toPage } from '../../state/address';
import { useApp } from '../../state/app';
import { count, share, short, shortSid } from '../../ui/format';
import { Link } from '../../ui/link';
import type { Finding, Who } from './findings';
import { SampleBody } from './samples';

const WORDS = { bad: 'numbers are lost', warn: 'numbers are off', info: 'good to know' };

export function FindingList({ findings }: { findings: Finding[] }) {
  return (
    <ul class="findings">
      {findings.map((finding) => <Card key={finding.key} finding={finding} />)}
    </ul>
  );
}

function Card({ finding }: { finding: Finding }) {
  const { advice, who, severity } = finding;
  return (
    <li class={`finding ${severity}`}>
      <div class="finding-head">
        <h3>{advice.title}</h3>
        <span class={`badge ${severity}`}>{WORDS[severity]}</span>
        <span class="share"><strong>{share(finding.count, finding.of)}</strong> {count(finding.count)} of {count(finding.of)} {finding.noun}</span>
      </div>
      <p class="quiet"><WhoText who={who} /> · rule <code>{advice.rule}</code></p>
      <p>{advice.change}</p>
      {finding.samples.length > 0 && <Samples samples={finding.samples} />}
      {finding.sids.length > 0 && <p>Seen in {finding.sids.map((sid) => <SessionLink key={sid} sid={sid} />)}</p>}
      {finding.ledgerRule && <Example rule={finding.ledgerRule} who={who} />}
    </li>
  );
}

function WhoText({ who }: { who: Who }) {
  const { address } = useApp();
  if (!who.player && !who.suite) return <>a sender that could not be told</>;
  return (
    <>
      <Link to={toPage(address, '/health', { suite: who.suite, player: who.player, sdk: who.sdkVersion })} title="Only this player">
        <bdi>{short(who.player || 'unnamed player', 60)} {short(who.sdkVersion, 30)}</bdi>
      </Link>{' '}
      in <bdi>{short(who.suite || 'no suite', 60)}</bdi>
    </>
  );
}

function SessionLink({ sid }: { sid: string }) {
  const { address } = useApp();
  return <Link to={toPage(address, `/sessions/${sid}`)} class="sid">{shortSid(sid)}</Link>;
}

/** The different messages, each with its latest body. */
function Samples({ samples }: { samples: Sample[] }) {
  const byMessage = new Map(samples.map((sample) => [sample.message, samples.find(({ message }) => message === sample.message)!]));
  return (
    <>
      {[...byMessage.values()].slice(0, 5).map((sample) => <SampleBody key={sample.message} sample={sample} />)}
    </>
  );
}

/** Sessions that are looked through for an example. */
const LOOKED_AT = 40;

/** Looks for a session in which the rule decided about a call. */
function Example({ rule, who }: { rule: string; who: Who }) {
  const [state, setState] = useState<'' | 'looking' | 'none' | 'failed' | { sid: string; number: number }>('');
  const look = async () => {
    setState('looking');
    try {
      setState((await findExample(rule, who)) ?? 'none');
    } catch {
      setState('failed');
    }
  };
  if (typeof state === 'object') return <p role="status">Seen in <SessionLink sid={state.sid} /> at call #{state.number}</p>;
  return (
    <p role="status">
      {state === 'none' && `None of the latest ${LOOKED_AT} sessions of this player shows it.`}
      {state === 'failed' && 'The sessions could not be looked through. '}
      {(state === '' || state === 'failed') && <button type="button" onClick={() => void look()}>Find an example</button>}
      {state === 'looking' && 'Looking through the latest sessions…'}
    </p>
  );
}

async function findExample(rule: string, who: Who): Promise<{ sid: string; number: number } | undefined> {
  const list = await get<SessionList>('/v1/sessions', { suite: who.suite, player: who.player, sdk: who.sdkVersion, limit: LOOKED_AT });
  for (const { sid } of list.sessions) {
    const { events } = await get<{ events: Call[] }>(`/v1/sessions/${sid}/events`);
    const call = events.find((event) => event.rule === rule);
    if (call) return { sid, number: call.number };
  }
  return undefined;
}
