/** One number of the live stream, second by second. */

import { useMemo } from 'preact/hooks';
import { Plot } from '../../charts/plot';
import { stepsOf, type Line } from '../../charts/plot-data';
import { timeMarks } from '../../charts/ticks';
import { useApp } from '../../state/app';
import type { Following } from '../../state/live';
import { clockTime } from '../../state/zones';
import type { Grid } from '../../ui/grid';
import { number, onAxis } from '../../ui/number';
import { DataPanel } from '../../ui/panel';
import { ShowStream } from '../../ui/request';
import { liveLines, type History, type LiveMeasure } from './history';

const TONES = ['series-1', 'series-3'];

export function LiveChart({ measure, live, path }: { measure: LiveMeasure; live: Following; path: string }) {
  const { zone } = useApp();
  const { history, error } = live;
  const title = `${measure.title}, second by second`;
  const hasCurve = history?.curve !== null;
  return (
    <DataPanel
      title={title}
      about={measure.about}
      note={!hasCurve ? 'Since this page began to listen: the server keeps the last minutes of whole suites only.'
        : (measure.name === 'viewers' || measure.name === 'active') && 'Dotted: who has not been heard of yet may still turn out to have been there (R9.1).'}
      resource={{ ...(history ? { data: history } : {}), isLoading: !history, reload: live.again, ...(error && !history ? { error } : {}) }}
      grid={(history) => grid(history, measure, zone)}
      asked={<ShowStream path={path} title={title} />}
    >
      {(history) => <Drawn history={history} measure={measure} />}
    </DataPanel>
  );
}

function grid(history: History, measure: LiveMeasure, zone: string): Grid {
  const { x, lines } = liveLines(history, measure);
  return {
    columns: [{ title: `Time, ${zone}`, unit: 'time' }, ...lines.map(({ title }) => ({ title, unit: measure.unit }))],
    rows: x.map((at, place) => [clockTime(at, zone), ...lines.map(({ values }) => values[place] ?? null)]).reverse(),
  };
}

function Drawn({ history, measure }: { history: History; measure: LiveMeasure }) {
  const { zone } = useApp();
  const { x, lines } = useMemo(() => {
    const { x, lines } = liveLines(history, measure);
    const drawn = lines.map((line, place): Line => ({
      ...line,
      tone: TONES[place]!,
      style: place === 0 ? 'area' : 'over',
      format: (value) => number(value, measure.unit),
    }));
    return { x, lines: drawn };
  }, [history, measure]);
  return (
    <Plot
      label={`${measure.title} of the last minutes`}
      x={x}
      lines={lines}
      ticks={(from, to, most) => timeMarks(from, to, zone, most)}
      describe={(place) => clockTime(x[place]!, zone)}
      axis={(value) => onAxis(value, measure.unit)}
      {...(stepsOf(measure.unit) ? { steps: stepsOf(measure.unit)! } : {})}
    />
  );
}
