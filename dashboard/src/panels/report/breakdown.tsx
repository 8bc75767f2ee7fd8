/** A metric or a few by one dimension, the greatest first. A value leads to the same page of only those. */

import { useState } from 'preact/hooks';
import { metricAbout } from '../../api/catalog';
import type { Answer, Filter, MetricRequest, Row } from '../../api/report';
import { toPage, withCondition, withOwn, type Address } from '../../state/address';
import { useApp } from '../../state/app';
import { useReport, useReports } from '../../state/reports';
import { behind } from '../../state/search';
import type { Condition } from '../../state/where';
import { Bar } from '../../ui/bar';
import { count, short } from '../../ui/format';
import { rowsGrid } from '../../ui/grid';
import { Link } from '../../ui/link';
import { number } from '../../ui/number';
import { Panel } from '../../ui/panel';
import { Table, type Column } from '../../ui/table';
import { valueText } from '../../ui/value-text';
import { writeMetric } from '../explore/ask';
import { Changed } from './figures';

interface Props {
  title: string;
  about?: string;
  note?: string;
  dimensions: string[];
  metrics: MetricRequest[];
  filters?: Filter[];
  limit?: number;
  /** In the order of the first dimension, instead of the greatest first. */
  inOrder?: boolean;
  /** Rows without a value of the first dimension say nothing here. */
  onlyKnown?: boolean;
  empty?: string;
  /** Said where no row has a value of the first dimension. */
  unknown?: string;
}

export function Breakdown({ title, about, note, dimensions, metrics, filters = [], limit = 10, inOrder = false, onlyKnown = false, empty, unknown }: Props) {
  const { address } = useApp();
  const [sort, setSort] = useState('');
  const known: Filter[] = onlyKnown ? [{ dimension: dimensions[0]!, op: 'null', value: null, not: true }] : [];
  const report = useReport({ metrics, dimensions, filters: [...known, ...filters], limit, isCompared: true, ...(inOrder ? { order: { by: dimensions[0]!, direction: 'ascending' as const } } : {}) }, 'keep');
  const isUnknown = ({ rows }: Answer) => unknown !== undefined && rows.length > 0 && rows.every(({ key: [value] }) => value === null);
  const explored = withOwn(toPage(address, '/explore'), { m: metrics.map(writeMetric), d: dimensions });
  return (
    <Panel
      title={title}
      about={about}
      note={note}
      report={report}
      isTable
      class="flush"
      grid={rowsGrid}
      isEmpty={(answer) => answer.rows.length === 0 || isUnknown(answer)}
      empty={report.data && isUnknown(report.data) ? unknown : empty}
      tools={<Link class="button small" to={explored} title="The same in Explore, where it can be changed">Explore</Link>}
    >
      {(answer) => (
        <>
          <RowTable answer={answer} rows={answer.rows} caption={`${title}, by row`} sort={sort || (inOrder ? dimensions[0]! : `-${answer.headings[dimensions.length]!.name}`)} onSort={setSort} />
          {answer.rowCount > answer.rows.length && <div class="foot">The first {count(answer.rows.length)} of {count(answer.rowCount)}</div>}
        </>
      )}
    </Panel>
  );
}

interface RowTableProps {
  answer: Answer;
  rows: Row[];
  caption: string;
  sort: string;
  onSort: (sort: string) => void;
}

export function RowTable({ answer, rows, caption, sort, onSort }: RowTableProps) {
  const { address } = useApp();
  const { catalog } = useReports();
  const metrics = answer.headings.filter(({ kind }) => kind === 'metric');
  const dimensions = answer.headings.filter(({ kind }) => kind === 'dimension').map(({ name }) => name);
  const most = rows.reduce((greatest, { values }) => Math.max(greatest, values[0] ?? 0), 0);
  const columns: Column<Row>[] = [
    ...answer.headings.filter(({ kind }) => kind === 'dimension').map(({ name, title }, place): Column<Row> => ({
      name,
      title,
      about: `Dimension ${name}`,
      sortBy: (row) => sortable(row.key[place] ?? null),
      cell: (row) => <Value address={address} name={name} value={row.key[place] ?? null} />,
    })),
    ...metrics.map(({ name, title, unit }, place): Column<Row> => ({
      name,
      title,
      about: metricAbout(catalog, name),
      isNumber: true,
      sortBy: (row) => row.values[place] ?? null,
      cell: (row) => {
        const text = <Behind row={row} dimensions={dimensions} metric={name}>{number(row.values[place], unit, name)}</Behind>;
        return (
          <>
            {place === 0 ? <Bar value={row.values[0] ?? null} most={most} text={text} /> : text}
            {row.compared && <Changed now={row.values[place]} before={row.compared[place]} unit={unit} name={name} />}
          </>
        );
      },
    })),
  ];
  return <Table caption={caption} columns={columns} rows={rows} rowKey={(row) => JSON.stringify(row.key)} sort={sort} onSort={onSort} />;
}

const isValue = (name: string, value: string | null | undefined): Condition => (value ? { name, way: 'is', value } : { name, way: 'none', value: '' });

/** A number, which leads to the sessions that it is made of. */
function Behind({ row, dimensions, metric, children }: { row: Row; dimensions: string[]; metric: string; children: string }) {
  const { address } = useApp();
  const { catalog } = useReports();
  const conditions = dimensions.map((name, place) => isValue(name, row.key[place]));
  return <Link to={behind(address, catalog, conditions, metric)} class="behind" title="The sessions behind this number">{children}</Link>;
}

/** Numbers sort as numbers. */
const sortable = (value: string | null) => (value !== null && /^\d+$/.test(value) ? Number(value) : value);

/** A value of a dimension, which leads to only those. */
export function Value({ address, name, value }: { address: Address; name: string; value: string | null }) {
  return <Link to={withCondition(address, isValue(name, value))} title="Only these">{value ? <bdi>{short(valueText(name, value), 60)}</bdi> : <span class="novalue">no value</span>}</Link>;
}
