/** Answers as plain tables: what "as a table" shows and CSV files hold. */

import type { Answer, Cell } from '../api/report';
import { clockTime, dayName } from '../state/zones';

export interface GridColumn {
  title: string;
  /** `text`, `time`, or the unit of a metric. */
  unit: string;
  /** Of a metric. */
  name?: string;
}

export interface Grid {
  columns: GridColumn[];
  rows: (string | number | null)[][];
}

/** A table by dimensions, with the numbers of the comparison beside each. */
export function rowsGrid(answer: Answer): Grid {
  const isCompared = answer.rows.some((row) => row.compared?.length);
  const metrics = answer.headings.filter(({ kind }) => kind === 'metric');
  const dimensions = answer.headings.filter(({ kind }) => kind === 'dimension');
  const columns: GridColumn[] = [
    ...dimensions.map(({ title }) => ({ title, unit: 'text' })),
    ...metrics.flatMap(({ title, unit, name }) => [{ title, unit, name }, ...(isCompared ? [{ title: `${title}, compared`, unit, name }] : [])]),
  ];
  const cells = (values: Cell[], compared: Cell[] | undefined) =>
    metrics.flatMap((_, place) => [values[place] ?? null, ...(isCompared ? [compared?.[place] ?? null] : [])]);
  return { columns, rows: answer.rows.map((row) => [...row.key, ...cells(row.values, row.compared)]) };
}

/** Everything by unit of time. */
export function seriesGrid(answer: Answer): Grid {
  const metrics = answer.headings.filter(({ kind }) => kind === 'metric');
  const before = answer.compared?.totalSeries;
  return {
    columns: [
      { title: `Time, ${answer.zone}`, unit: 'time' },
      ...metrics.flatMap(({ title, unit, name }) => [{ title, unit, name }, ...(before ? [{ title: `${title}, compared`, unit, name }] : [])]),
    ],
    rows: (answer.buckets ?? []).map((at, place) => [
      `${dayName(at, answer.zone)} ${clockTime(at, answer.zone)}`,
      ...metrics.flatMap((_, metric) => [
        answer.totalSeries?.[metric]?.[place] ?? null,
        ...(before ? [before[metric]?.[place] ?? null] : []),
      ]),
    ]),
  };
}
