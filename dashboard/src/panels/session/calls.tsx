/** Every call of a session, and what became of it. */

import { useState } from 'preact/hooks';
import type { Call, Explanation } from '../../api/types';
import { OutcomeBadge } from '../../ui/badge';
import { count, duration, NOTHING, position } from '../../ui/format';
import { Table, type Column } from '../../ui/table';
import { clockTime } from '../../state/zones';

/** Rows drawn before somebody asks for all. */
const MOST = 300;

interface Props {
  explanation: Explanation;
  zone: string;
  /** The call to show among the others. */
  marked: number | null;
}

export function Calls({ explanation, zone, marked }: Props) {
  const [sort, setSort] = useState('');
  const [outcome, setOutcome] = useState('');
  const [hasAll, setHasAll] = useState(false);
  const { events, started } = explanation;
  const outcomes = [...new Set(events.map((call) => call.outcome))].sort();
  const fitting = events.filter((call) => !outcome || call.outcome === outcome || call.number === marked);
  const isCut = !hasAll && fitting.length > MOST;
  const rows = isCut ? fitting.filter((call, index) => index < MOST || call.number === marked) : fitting;
  return (
    <section class="card flush" aria-labelledby="calls">
      <div class="card-head">
        <h2 id="calls">Calls <span class="quiet">{count(events.length)}</span></h2>
        {outcomes.length > 1 && (
          <label>
            Outcome{' '}
            <select value={outcome} onChange={(event) => setOutcome(event.currentTarget.value)}>
              <option value="">all</option>
              {outcomes.map((name) => (
                <option key={name} value={name}>{name.replace('_', ' ')} ({count(events.filter((call) => call.outcome === name).length)})</option>
              ))}
            </select>
          </label>
        )}
      </div>
      <Table
        caption="All calls"
        columns={columns(started, events[0]?.serverTime ?? started, zone)}
        rows={rows}
        rowKey={(call) => String(call.number)}
        sort={sort}
        onSort={setSort}
        rowProps={(call) => ({ id: `call-${call.number}`, tabIndex: -1, class: call.number === marked ? 'marked' : '' })}
      />
      {isCut && (
        <div class="foot">
          <span>The first {MOST} of {count(fitting.length)}</span>
          <button type="button" onClick={() => setHasAll(true)}>Show all</button>
        </div>
      )}
    </section>
  );
}

function columns(started: number, firstServer: number, zone: string): Column<Call>[] {
  return [
    { name: 'number', title: '#', about: 'Its place by arrival', isNumber: true, sortBy: (call) => call.number, cell: (call) => call.number },
    { name: 'type', title: 'Event', sortBy: (call) => call.type, cell: (call) => <code>{call.type}</code> },
    {
      name: 'client',
      title: 'Client',
      about: 'Time by the clock of the player since the start',
      isNumber: true,
      sortBy: (call) => call.clientTime,
      cell: (call) => <span title={clockTime(call.clientTime, zone)}>{position((call.clientTime - started) / 1000, true)}</span>,
    },
    {
      name: 'server',
      title: 'Server',
      about: 'Arrival by the clock of the server since the arrival of the start',
      isNumber: true,
      isExtra: true,
      sortBy: (call) => call.serverTime,
      cell: (call) => <span title={clockTime(call.serverTime, zone)}>{position((call.serverTime - firstServer) / 1000, true)}</span>,
    },
    { name: 'playhead', title: 'Playhead', about: 'As sent', isNumber: true, sortBy: (call) => call.playhead, cell: (call) => position(call.playhead) },
    { name: 'outcome', title: 'Outcome', sortBy: (call) => call.outcome, cell: (call) => <OutcomeBadge outcome={call.outcome} /> },
    {
      name: 'effect',
      title: 'Effect, or the rule that decided',
      cell: (call) => (
        <>
          {call.rule && <><code>{call.rule}</code> <bdi>{call.why}</bdi>{call.effect.length > 0 && ' · '}</>}
          <bdi>{call.effect.join(' · ')}</bdi>
          {raised(call)}
        </>
      ),
    },
    {
      name: 'after',
      title: 'State after',
      isExtra: true,
      cell: (call) => (call.after ? `${call.after.player}${call.after.context === 'main' ? '' : `, in ${call.after.context === 'ad' ? 'an ad' : 'a break'}`}` : NOTHING),
    },
  ];
}

function raised(call: Call): string {
  const by = (call.appliedTime ?? call.clientTime) - call.clientTime;
  return by > 0 ? ` · time raised by ${duration(by / 1000)}` : '';
}
