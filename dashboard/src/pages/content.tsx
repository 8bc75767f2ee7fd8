/** What is watched: totals, one of them over time, and every title. */

import { useMemo } from 'preact/hooks';
import { metricAbout } from '../api/catalog';
import type { Answer, Row } from '../api/report';
import { Spark } from '../charts/spark';
import { titles, type Title } from '../panels/content/titles';
import { Together } from '../panels/content/together';
import { Changed } from '../panels/report/figures';
import { useMore } from '../panels/report/more';
import { Overview } from '../panels/report/overview';
import { toPage, withOwn } from '../state/address';
import { useApp } from '../state/app';
import { granularityFor, type Fields } from '../state/question';
import { useReport, useReports } from '../state/reports';
import { Bar } from '../ui/bar';
import { count, short } from '../ui/format';
import { rowsGrid } from '../ui/grid';
import { Link } from '../ui/link';
import { number } from '../ui/number';
import { Panel } from '../ui/panel';
import { ReportPage } from '../ui/report-page';
import { Table, type Column } from '../ui/table';

/** What is looked at of everything and of each title. */
export const AUDIENCE = ['isViewed', 'visitors', 'timePlayed', 'contentCompletionRate', 'averageMinuteAudience'];
const PAGE = 50;

export function Content() {
  return <ReportPage head={<h1>Content</h1>}><Overview metrics={AUDIENCE} /><Titles /><Together /></ReportPage>;
}

function Titles() {
  const { address, go } = useApp();
  const { scope } = useReports();
  const [sorted, isDown] = [address.sort.replace('-', '') || AUDIENCE[0]!, !address.sort || address.sort.startsWith('-')];
  const find = address.own.find?.[0];
  const fields: Fields = {
    metrics: AUDIENCE,
    // Titles go by their ids; in the order of their names, by both.
    dimensions: sorted === 'name' ? ['name', 'friendlyName'] : ['name'],
    limit: PAGE,
    isCompared: true,
    ...(AUDIENCE.includes(sorted) || sorted === 'name' ? { order: { by: sorted === 'name' ? 'friendlyName' : sorted, direction: isDown ? 'descending' : 'ascending' } } : {}),
    ...(find ? { filters: [{ dimension: 'friendlyName', op: 'contains', value: find }] } : {}),
  };
  const report = useReport(fields, 'keep');
  const { rows, more, isBusy, failure } = useMore(report.data);
  const ids = useMemo(() => rows.flatMap(({ key: [id] }) => (id ? [id] : [])), [rows]);
  const known = useReport(ids.length > 0 ? {
    metrics: ['isViewed'],
    dimensions: ['name', 'friendlyName'],
    granularity: granularityFor(scope.from, scope.to ?? report.data?.to ?? scope.from + 86_400_000, 50),
    filters: [{ dimension: 'name', op: 'in', value: ids }],
    limit: Math.min(10_000, 4 * ids.length),
  } : null, 'keep');
  const byId = useMemo(() => titles(known.data), [known.data]);
  const all = report.data ? { ...report.data, rows } : undefined;
  return (
    <Panel
      title="Titles"
      report={all ? { ...report, data: all } : report}
      isTable
      class="flush"
      grid={(answer) => {
        const grid = rowsGrid(answer);
        return {
          columns: [{ title: 'Title', unit: 'text' }, ...grid.columns],
          rows: grid.rows.map((row) => [byId.get(String(row[0]))?.name ?? null, ...row]),
        };
      }}
      isEmpty={(answer) => answer.rows.length === 0}
      tools={
        <form class="search" role="search" onSubmit={(event) => {
          event.preventDefault();
          const typed = String(new FormData(event.currentTarget).get('find')).trim();
          go(withOwn(address, { find: typed ? [typed] : [] }));
        }}>
          <input key={find} type="search" name="find" placeholder="Find a title" aria-label="Find a title" defaultValue={find ?? ''}
            onInput={(event) => event.currentTarget.value || go(withOwn(address, { find: [] }))} />
        </form>
      }
    >
      {(answer) => (
        <>
          <TitleTable answer={answer} byId={byId} />
          <div class="foot">
            <span role="status">{count(answer.rows.length)} of {count(answer.rowCount)} {answer.rowCount === 1 ? 'title' : 'titles'}</span>
            {failure && <span class="bad" role="alert">{failure}</span>}
            {more && <button type="button" disabled={isBusy} onClick={() => void more()}>{isBusy ? 'Loading…' : 'Load more'}</button>}
          </div>
        </>
      )}
    </Panel>
  );
}

function TitleTable({ answer, byId }: { answer: Answer; byId: Map<string, Title> }) {
  const { address, go } = useApp();
  const { catalog } = useReports();
  const metrics = answer.headings.filter(({ kind }) => kind === 'metric');
  const greatest = metrics.map((_, place) => answer.rows.reduce((most, { values }) => Math.max(most, values[place] ?? 0), 0));
  const id = (row: Row) => row.key[0] ?? '';
  const nameOf = (row: Row) => row.key[1] ?? byId.get(id(row))?.name ?? id(row);
  const columns: Column<Row>[] = [
    {
      name: 'name',
      title: 'Title',
      sortBy: nameOf,
      cell: (row) => <Link to={withOwn(toPage(address, '/content'), { title: [id(row)] })} class="main" title={short(id(row))}><bdi>{short(nameOf(row), 70)}</bdi></Link>,
    },
    {
      name: 'spark',
      title: 'Starts over time',
      isExtra: true,
      cell: (row) => {
        const title = byId.get(id(row));
        return title ? <Spark values={title.starts} title={`Starts of ${short(title.name, 60)} over time`} /> : '';
      },
    },
    ...metrics.map(({ name, title, unit }, place): Column<Row> => ({
      name,
      title,
      about: metricAbout(catalog, name),
      isNumber: true,
      isExtra: place === 1 || place > 2,
      sortBy: (row) => row.values[place] ?? null,
      cell: (row) => {
        const text = number(row.values[place], unit, name);
        return (
          <>
            {place === 0 || place === 2 ? <Bar value={row.values[place] ?? null} most={greatest[place]!} text={text} /> : text}
            {row.compared && <Changed now={row.values[place]} before={row.compared[place]} unit={unit} name={name} />}
          </>
        );
      },
    })),
  ];
  return (
    <Table
      caption="Every title"
      columns={columns}
      rows={answer.rows}
      rowKey={({ key }) => JSON.stringify(key)}
      sort={address.sort || `-${AUDIENCE[0]}`}
      onSort={(sort) => go({ ...address, sort: sort === `-${AUDIENCE[0]}` ? '' : sort }, 'replace')}
    />
  );
}
