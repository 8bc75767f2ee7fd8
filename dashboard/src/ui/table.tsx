/** A table that can be sorted by any column; the order stands in the address or stays here. */

import type { ComponentChildren } from 'preact';
import { sortRows, toggleSort } from './sort';

export interface Column<Row> {
  name: string;
  title: string;
  /** What hovering over the title shows. */
  about?: string;
  isNumber?: boolean;
  /** Gone on narrow screens. */
  isExtra?: boolean;
  sortBy?: (row: Row) => string | number | null;
  cell: (row: Row) => ComponentChildren;
}

interface Props<Row> {
  caption: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  sort: string;
  onSort: (sort: string) => void;
  rowProps?: (row: Row) => Record<string, unknown>;
}

export function Table<Row>({ caption, columns, rows, rowKey, sort, onSort, rowProps }: Props<Row>) {
  const sorted = sortRows(rows, columns, sort);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                class={cellClass(column)}
                title={column.about}
                aria-sort={ariaSort(sort, column.name)}
              >
                {column.sortBy ? (
                  <button type="button" class="sort" onClick={() => onSort(toggleSort(sort, column.name, column.isNumber))}>
                    {column.title}
                    <span aria-hidden="true">{arrow(sort, column.name)}</span>
                  </button>
                ) : (
                  column.title
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={rowKey(row)} {...(rowProps?.(row) ?? {})}>
              {columns.map((column) => (
                <td key={column.name} class={cellClass(column)}>{column.cell(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cellClass<Row>(column: Column<Row>): string {
  return [column.isNumber ? 'number' : '', column.isExtra ? 'extra' : ''].join(' ').trim();
}

function ariaSort(sort: string, name: string): 'ascending' | 'descending' | undefined {
  if (sort === name) return 'ascending';
  return sort === `-${name}` ? 'descending' : undefined;
}

function arrow(sort: string, name: string): string {
  if (sort === name) return ' ↑';
  return sort === `-${name}` ? ' ↓' : '';
}
