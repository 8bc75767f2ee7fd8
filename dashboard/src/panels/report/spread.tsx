/** How often each value of a metric occurs: a histogram. */

import { useMemo } from 'preact/hooks';
import { metricAbout } from '../../api/catalog';
import type { Answer, Filter } from '../../api/report';
import { Plot } from '../../charts/plot';
import { stepsOf, type Line } from '../../charts/plot-data';
import { useReport, useReports } from '../../state/reports';
import { count, share } from '../../ui/format';
import type { Grid } from '../../ui/grid';
import { onAxis } from '../../ui/number';
import { Panel } from '../../ui/panel';
import { bins } from './bins';

interface Props {
  title: string;
  metric: string;
  /** Lower edges of the bins, in the unit of the metric. */
  edges: number[];
  tone?: string;
  filters?: Filter[];
}

export function Spread({ title, metric, edges, tone = 'series-2', filters = [] }: Props) {
  const { catalog } = useReports();
  const report = useReport({ report: 'histogram', metrics: [metric], edges, filters });
  const unit = catalog.metrics.find(({ name }) => name === metric)?.unit ?? '';
  const text = (edge: number) => onAxis(edge, unit);
  const told = (answer: Answer) => {
    const { all, without } = bins(answer, text);
    return without > 0 ? `${count(without)} of ${count(without + all.reduce((sum, bin) => sum + bin.sessions, 0))} sessions said nothing of it` : undefined;
  };
  return (
    <Panel
      title={title}
      about={metricAbout(catalog, metric)}
      note={report.data && told(report.data)}
      report={report}
      grid={(answer): Grid => ({
        columns: [{ title: report.data?.headings[0]?.title ?? metric, unit: 'text' }, { title: 'Sessions', unit: 'count' }],
        rows: bins(answer, text).all.map(({ title, sessions }) => [title, sessions]),
      })}
      isEmpty={(answer) => bins(answer, text).all.every(({ sessions }) => sessions === 0)}
      empty="No session of this range says anything of it."
    >
      {(answer) => <Drawn answer={answer} tone={tone} text={text} title={title} />}
    </Panel>
  );
}

function Drawn({ answer, tone, text, title }: { answer: Answer; tone: string; text: (edge: number) => string; title: string }) {
  const { x, all, lines, sum } = useMemo(() => {
    const { all } = bins(answer, text);
    const sum = all.reduce((sum, bin) => sum + bin.sessions, 0);
    const line: Line = {
      title: 'Sessions', values: all.map(({ sessions }) => sessions), tone,
      format: (value) => `${count(value ?? 0)} · ${share(value ?? 0, sum)}`,
    };
    return { x: all.map((_, place) => place), all, lines: [line], sum };
  }, [answer]);
  return (
    <Plot
      label={`${title}: sessions by value, ${count(sum)} in all`}
      x={x}
      lines={lines}
      isBars
      ticks={(_, __, most) => all.flatMap(({ short }, at) => (at % Math.ceil(all.length / most) === 0 ? [{ at, text: short }] : []))}
      describe={(place) => all[place]?.title ?? ''}
      axis={(value) => onAxis(value, 'count')}
      steps={stepsOf('count')!}
      height={200}
    />
  );
}
