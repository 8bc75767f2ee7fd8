/** All numbers of a session, each with why it is so. */

import { useMemo, useState } from 'preact/hooks';
import type { Explanation, Metric, Part, Session } from '../../api/types';
import { bitrate, duration, position, value } from '../../ui/format';
import { COUNTS_AS } from './lanes';
import { about, groups, isNothing, metricKey } from './groups';

interface Props {
  explanation: Explanation;
  session: Session;
  chosen: string;
  choose: (key: string) => void;
  onCall: (number: number) => void;
}

export function Metrics({ explanation, session, chosen, choose, onCall }: Props) {
  const [hasAll, setHasAll] = useState(false);
  const all = useMemo(() => groups(explanation.metrics, session), [explanation, session]);
  const empty = explanation.metrics.filter(isNothing).length;
  const shown = all
    .map((group) => ({ ...group, metrics: group.metrics.filter((metric) => hasAll || !isNothing(metric)) }))
    .filter(({ metrics }) => metrics.length > 0);
  return (
    <section class="card" aria-labelledby="numbers">
      <div class="card-head">
        <h2 id="numbers">Numbers{explanation.provisional && <span class="badge live">provisional</span>}</h2>
        <button type="button" aria-pressed={hasAll} onClick={() => setHasAll(!hasAll)}>
          {hasAll ? 'Hide' : 'Show'} the {empty} that are zero or absent
        </button>
      </div>
      <p class="quiet">Open one to see why it is so, and where on the time line it comes from.</p>
      <div class="groups">
        {shown.map((group) => (
          <div key={group.title} class="group">
            <h3><bdi>{group.title}</bdi></h3>
            <ul>
              {group.metrics.map((metric) => {
                const key = metricKey(metric);
                const isOpen = key === chosen;
                return (
                  <li key={key} class={isNothing(metric) ? 'nothing' : ''}>
                    <button type="button" class="metric" aria-expanded={isOpen} title={about(metric)} onClick={() => choose(isOpen ? '' : key)}>
                      <span>{metric.title}</span>
                      <span class="value">{value(metric.reported, metric.unit)}</span>
                    </button>
                    {isOpen && <Why metric={metric} explanation={explanation} onCall={onCall} />}
                  </li>
                );
              })}
            </ul>
          </div>
        ))}
      </div>
    </section>
  );
}

function Why({ metric, explanation, onCall }: { metric: Metric } & Pick<Props, 'explanation' | 'onCall'>) {
  const call = (number: number) => <CallLink key={number} number={number} onCall={onCall} />;
  return (
    <div class="why">
      <p>{metric.because || 'Nothing in this session adds to it.'}</p>
      {metric.parts.length > 0 && (
        <ol>
          {metric.parts.slice(0, 50).map((part, index) => (
            <li key={index}>
              {partText(part, explanation.started)}{' '}
              {typeof part.fromEvent === 'number' && <>{call(part.fromEvent)}–{call(part.toEvent ?? part.fromEvent)}</>}
            </li>
          ))}
        </ol>
      )}
      {metric.parts.length > 50 && <p>and {metric.parts.length - 50} more</p>}
      {metric.events.length > 0 && <p>Calls: {metric.events.slice(0, 40).map((number) => <>{call(number)} </>)}</p>}
      <p class="quiet"><code>{metric.name}</code> · {metric.unit} · rule {metric.rule}</p>
    </div>
  );
}

function partText(part: Part, started: number): string {
  if (part.us !== undefined) {
    return `playhead ${position(part.fromPlayhead ?? 0, true)} – ${position(part.toPlayhead ?? 0, true)}: ${duration(part.us / 1e6)}`;
  }
  const at = (instant = 0) => position((instant - started) / 1000, true);
  const as = part.countsAs ? ` ${COUNTS_AS[part.countsAs as keyof typeof COUNTS_AS] ?? part.countsAs}` : '';
  const rate = part.bitrate === undefined ? '' : ` at ${bitrate(part.bitrate)}`;
  return `${at(part.from)} – ${at(part.to)}: ${duration((part.ms ?? 0) / 1000)}${as}${rate}`;
}

export function CallLink({ number, onCall }: { number: number; onCall: (number: number) => void }) {
  return <button type="button" class="call-link" onClick={() => onCall(number)} aria-label={`Call ${number}`}>#{number}</button>;
}
