/** Metrics of a report over time, with the comparison drawn apart. */

import { useMemo } from 'preact/hooks';
import type { Answer } from '../../api/report';
import { Plot } from '../../charts/plot';
import { stepsOf, type Line } from '../../charts/plot-data';
import { timeMarks, unitText } from '../../charts/ticks';
import { useReports } from '../../state/reports';
import { comparisonTitle } from '../../ui/filters';
import { number, onAxis } from '../../ui/number';
import { timeSeries } from './time';

export const TONES = ['series-1', 'series-3', 'series-2', 'series-4', 'series-5', 'series-6'];

interface Props {
  answer: Answer;
  /** Places among the metrics; all of one unit. */
  metrics?: number[];
  height?: number;
}

export function TimeChart({ answer, metrics = [0], height }: Props) {
  const { scope, catalog } = useReports();
  const isOpen = scope.to === undefined;
  const places = metrics.join();
  const { x, lines, series, unit, name } = useMemo(() => {
    const headings = answer.headings.filter(({ kind }) => kind === 'metric');
    const all = metrics.map((metric) => timeSeries(answer, metric, isOpen));
    const first = headings[metrics[0]!];
    const lines = all.flatMap(({ values, before }, index): Line[] => {
      const heading = headings[metrics[index]!]!;
      const format = (value: number | null) => number(value, heading.unit, heading.name);
      const tone = TONES[index % TONES.length]!;
      const period = scope.compare ? lower(comparisonTitle(catalog, scope.compare)) : 'before';
      const title = heading.title;
      const now: Line = { title, values, tone, style: metrics.length === 1 ? 'area' : index === 1 && !before ? 'over' : 'line', format };
      return before ? [now, { title: metrics.length === 1 ? capital(period) : `${title}, ${period}`, values: before, tone: metrics.length === 1 ? 'quiet' : tone, style: 'before', format }] : [now];
    });
    return { x: all[0]?.x ?? [], lines, series: all[0], unit: first?.unit ?? '', name: first?.name ?? '' };
  }, [answer, places, isOpen]);
  if (!series) return null;
  return (
    <Plot
      label={`${lines.map(({ title }) => title).join(', ')} over time`}
      x={x}
      lines={lines}
      ticks={(from, to, most) => timeMarks(from, to, answer.zone, most)}
      describe={(place) => `${unitText(x[place]!, series.length(place), answer.zone)}${series.partialFrom === place ? ', so far' : ''}`}
      axis={(value) => onAxis(value, unit, name)}
      {...(stepsOf(unit) ? { steps: stepsOf(unit)! } : {})}
      {...(series.partialFrom === undefined ? {} : { partialFrom: series.partialFrom })}
      {...(height ? { height } : {})}
    />
  );
}

const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
