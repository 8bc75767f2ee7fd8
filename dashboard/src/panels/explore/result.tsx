/** The answer to what was put together: rows, lines over time, or the bars of a panel. */

import { useMemo } from 'preact/hooks';
import { metricTitle } from '../../api/catalog';
import type { Answer, Heading, Row } from '../../api/report';
import { Plot } from '../../charts/plot';
import { stepsOf, type Line } from '../../charts/plot-data';
import { timeMarks, unitText } from '../../charts/ticks';
import { useApp } from '../../state/app';
import { useReports } from '../../state/reports';
import { count, NOTHING, short } from '../../ui/format';
import { isShare, number, onAxis } from '../../ui/number';
import { valueText } from '../../ui/value-text';
import { RowTable } from '../report/breakdown';
import { timeSeries } from '../report/time';
import { TimeChart, TONES } from '../report/time-chart';
import { byUnit } from './ask';

export const metricsOf = (answer: Answer) => answer.headings.filter(({ kind }) => kind === 'metric');
const axisOf = ({ unit, name }: Heading) => (isShare(name, unit) ? 'share' : unit === 'flag' ? 'count' : unit);

/** A chart for each unit. */
export function OverTime({ answer }: { answer: Answer }) {
  return <>{byUnit(metricsOf(answer).map(axisOf)).map((places) => <TimeChart key={places.join()} answer={answer} metrics={places} />)}</>;
}

/** The first metric over time, a line for each row. */
export function RowsOverTime({ answer }: { answer: Answer }) {
  const { scope } = useReports();
  const isOpen = scope.to === undefined;
  const heading = metricsOf(answer)[0]!;
  const lines = useMemo(() => answer.rows.map(({ key, series }, place): Line => ({
    title: key.map((value, at) => short(value ? valueText(answer.headings[at]!.name, value) : 'no value', 40)).join(' · '),
    values: series?.[0] ?? [],
    tone: TONES[place % TONES.length]!,
    format: (value) => number(value, heading.unit, heading.name),
  })), [answer]);
  const { x, length, partialFrom } = timeSeries(answer, 0, isOpen);
  return (
    <Plot
      label={`${heading.title} over time`}
      x={x}
      lines={lines}
      ticks={(from, to, most) => timeMarks(from, to, answer.zone, most)}
      describe={(place) => unitText(x[place]!, length(place), answer.zone)}
      axis={(value) => onAxis(value, heading.unit, heading.name)}
      {...(stepsOf(axisOf(heading)) ? { steps: stepsOf(axisOf(heading))! } : {})}
      {...(partialFrom === undefined ? {} : { partialFrom })}
      height={320}
    />
  );
}

/** The rows of a panel as bars, in their order. */
export function Bars({ answer }: { answer: Answer }) {
  const [heading, ...rest] = metricsOf(answer);
  const rows = useMemo(() => answer.rows.filter(({ key }) => key[0] !== null), [answer]);
  const lines = useMemo(() => [heading!, ...rest].filter(({ unit }) => unit === heading!.unit).map((metric, place): Line => ({
    title: metric.title,
    values: rows.map(({ values }) => values[place] ?? null),
    tone: TONES[place % TONES.length]!,
    format: (value) => number(value, metric.unit, metric.name),
  })), [rows]);
  const x = useMemo(() => rows.map((_, place) => place), [rows]);
  const name = (place: number) => rows[place]?.key[0] ?? '';
  return (
    <Plot
      label={`${heading!.title} by ${answer.headings[0]!.title.toLowerCase()}`}
      x={x}
      lines={lines.slice(0, 1)}
      isBars
      ticks={(_, __, most) => x.filter((place) => place % Math.ceil(x.length / most) === 0).map((at) => ({ at, text: name(at) }))}
      describe={(place) => name(place)}
      axis={(value) => onAxis(value, heading!.unit, heading!.name)}
      {...(stepsOf(axisOf(heading!)) ? { steps: stepsOf(axisOf(heading!))! } : {})}
    />
  );
}

/** Rows by dimensions. A value leads to the same report of only those sessions. */
export function Rows({ answer, rows, more, isBusy, failure }: { answer: Answer; rows: Row[]; more: (() => Promise<void>) | null; isBusy: boolean; failure: string }) {
  const { address, go } = useApp();
  const { catalog } = useReports();
  const metrics = metricsOf(answer);
  const sort = address.sort || `-${metrics[0]?.name ?? ''}`;
  return (
    <>
      <RowTable answer={answer} rows={rows} caption="Rows of the result" sort={sort} onSort={(next) => go({ ...address, sort: next }, 'replace')} />
      <div class="foot">
        <span role="status">
          {count(rows.length)} of {count(answer.rowCount)} {answer.rowCount === 1 ? 'row' : 'rows'}
          {answer.rowsOverlap && '. A session may count in several rows, so that they do not add up to the total'}
        </span>
        <span>Total {metrics.slice(0, 3).map(({ name, unit }, place) => `${metricTitle(catalog, name)} ${number(answer.totals[place], unit, name)}`).join(' · ') || NOTHING}</span>
        {failure && <span class="bad" role="alert">{failure}</span>}
        {more && <button type="button" disabled={isBusy} onClick={() => void more()}>{isBusy ? 'Loading…' : 'Load more'}</button>}
      </div>
    </>
  );
}
