import { useMemo, useState } from 'preact/hooks';
import type { Explanation, Metric, Session, Span } from '../../api/types';
import { LaneChart } from '../../charts/lane-chart';
import { bitrate, duration, NOTHING, position } from '../../ui/format';
import { Table, type Column } from '../../ui/table';
import { adName, chapterName, COUNTS_AS, lanes, metricLane, playheads } from './lanes';

interface Props {
  explanation: Explanation;
  session: Session;
  /** The metric that is looked into. */
  metric: Metric | null;
  onCall: (number: number) => void;
}

export function Timeline({ explanation, session, metric, onCall }: Props) {
  const [asTable, setAsTable] = useState(false);
  const all = useMemo(() => lanes(explanation, session), [explanation, session]);
  const points = useMemo(() => playheads(explanation), [explanation]);
  const length = Math.max(1_000, explanation.ended - explanation.started);
  const shown = metric ? [...all, metricLane(metric, explanation)] : all;
  return (
    <section class="card" aria-labelledby="timeline">
      <div class="card-head">
        <h2 id="timeline">Time line</h2>
        <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>As a table</button>
      </div>
      {asTable ? (
        <Spans explanation={explanation} session={session} />
      ) : (
        <LaneChart lanes={shown} points={points} length={length} describe={(at) => describe(explanation, session, at)} onCall={onCall} />
      )}
    </section>
  );
}

function describe(explanation: Explanation, session: Session, at: number): string {
  const instant = explanation.started + at;
  const span = explanation.spans.find(({ from, to }) => from <= instant && instant < to);
  const told = [position(at / 1000, true)];
  if (span) {
    told.push(COUNTS_AS[span.countsAs]);
    if (span.watched) {
      const part = (instant - span.from) / span.ms;
      told.push(`playhead ${position(span.watched.from + part * (span.watched.to - span.watched.from))}`);
    }
    if (span.bitrate !== undefined) told.push(bitrate(span.bitrate));
    if (span.countsAs === 'ad') told.push(adName(session, span.ad));
    if (span.chapter !== undefined) told.push(chapterName(session, span.chapter));
  }
  return told.join(' · ');
}

function Spans({ explanation, session }: Pick<Props, 'explanation' | 'session'>) {
  const [sort, setSort] = useState('');
  const at = (instant: number) => position((instant - explanation.started) / 1000, true);
  const columns: Column<Span>[] = [
    { name: 'from', title: 'From', isNumber: true, sortBy: (span) => span.from, cell: (span) => at(span.from) },
    { name: 'to', title: 'To', isNumber: true, sortBy: (span) => span.to, cell: (span) => at(span.to) },
    { name: 'ms', title: 'Length', isNumber: true, sortBy: (span) => span.ms, cell: (span) => duration(span.ms / 1000) },
    { name: 'as', title: 'Counts as', sortBy: (span) => span.countsAs, cell: (span) => COUNTS_AS[span.countsAs] },
    {
      name: 'watched',
      title: 'Playhead',
      cell: (span) => (span.watched ? `${position(span.watched.from, true)} – ${position(span.watched.to, true)}` : NOTHING),
    },
    { name: 'bitrate', title: 'Bitrate', isNumber: true, sortBy: (span) => span.bitrate ?? null, cell: (span) => (span.bitrate === undefined ? NOTHING : bitrate(span.bitrate)) },
    { name: 'ad', title: 'Ad', cell: (span) => (span.countsAs === 'ad' ? <bdi>{adName(session, span.ad)}</bdi> : NOTHING) },
    { name: 'chapter', title: 'Chapter', cell: (span) => (span.chapter === undefined ? NOTHING : <bdi>{chapterName(session, span.chapter)}</bdi>) },
  ];
  return <Table caption="Spans of the session" columns={columns} rows={explanation.spans} rowKey={(span) => `${span.from}-${span.fromEvent}`} sort={sort} onSort={setSort} />;
}
