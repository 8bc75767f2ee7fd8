/** A card around one answer: its picture, the same as a table, as a file, and the request behind it. */

import type { ComponentChildren } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';
import type { Answer } from '../api/report';
import type { Report } from '../state/reports';
import type { Resource } from '../state/resource';
import { csv, fileName, save } from './csv';
import { NOTHING, short } from './format';
import type { Grid } from './grid';
import { number } from './number';
import { ParquetButton } from './parquet-button';
import { ShowRequest } from './request';
import { Empty, Loaded } from './states';
import { Table, type Column } from './table';

interface CardProps<T> {
  title: string;
  /** What hovering over the title shows. */
  about?: string | undefined;
  /** One line below the title. */
  note?: ComponentChildren;
  grid: (data: T) => Grid;
  children: (data: T) => ComponentChildren;
  /** The picture is a table already. */
  isTable?: boolean;
  isEmpty?: (data: T) => boolean;
  /** What is said then. */
  empty?: string | undefined;
  tools?: ComponentChildren;
  class?: string;
}

interface Props extends CardProps<Answer> {
  report: Report;
}

export function Panel({ report, ...card }: Props) {
  const { data, request } = report;
  return (
    <DataPanel
      {...card}
      resource={report}
      asked={request && <ShowRequest request={request} understood={data?.request} compared={data?.compared?.request} title={card.title} />}
      notes={data?.notes}
    />
  );
}

interface DataProps<T> extends CardProps<T> {
  resource: Resource<T>;
  /** Shows what was asked for. */
  asked?: ComponentChildren;
  notes?: string[] | undefined;
}

/** The same around anything that can be a table. */
export function DataPanel<T>({ title, about, note, resource, grid, children, isTable = false, isEmpty, empty, tools, asked, notes, ...rest }: DataProps<T>) {
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const { data } = resource;
  const export_ = () => {
    if (!data) return;
    const { columns, rows } = grid(data);
    save(fileName(title), csv(columns.map((column) => column.title), rows));
  };
  return (
    <section class={`card panel ${rest.class ?? ''} ${resource.isLoading && data ? 'waits' : ''}`} aria-labelledby={id}>
      <div class="card-head">
        <h2 id={id} title={about}>{title}</h2>
        <div class="panel-tools">
          {tools}
          {!isTable && <button type="button" class="small" aria-pressed={asTable} aria-label={`${title} as a table`} onClick={() => setAsTable(!asTable)}>Table</button>}
          <button type="button" class="small" disabled={!data} aria-label={`${title} as CSV`} title="What the table shows, as a file" onClick={export_}>CSV</button>
          <ParquetButton title={title} grid={data && (() => grid(data))} />
          {asked}
        </div>
      </div>
      {note && <p class="quiet note">{note}</p>}
      <Loaded resource={resource} what={title.toLowerCase()}>
        {(data) =>
          isEmpty?.(data) ? (empty ? <Empty title={empty} /> : <Empty title="Nothing in this range fits">Choose another range, or take a filter away.</Empty>)
            : asTable ? <GridTable grid={grid(data)} caption={`${title} as a table`} />
            : children(data)}
      </Loaded>
      {notes?.map((text) => <p key={text} class="quiet note">{text}</p>)}
    </section>
  );
}

export function GridTable({ grid, caption }: { grid: Grid; caption: string }) {
  const [sort, setSort] = useState('');
  const columns = useMemo(
    () => grid.columns.map(({ title, unit, name }, place): Column<(string | number | null)[]> => {
      const isNumber = unit !== 'text' && unit !== 'time';
      return {
        name: String(place),
        title,
        isNumber,
        sortBy: (row) => row[place] ?? null,
        cell: (row) => {
          const value = row[place];
          return typeof value === 'string' ? <bdi>{short(value)}</bdi> : isNumber ? number(value, unit, name) : NOTHING;
        },
      };
    }),
    [grid],
  );
  return <div class="tall"><Table caption={caption} columns={columns} rows={grid.rows} rowKey={(row) => grid.rows.indexOf(row).toString()} sort={sort} onSort={setSort} /></div>;
}
