/** What a table shows as a Parquet file, which the console makes of a query. */

import type { Grid } from './grid';

/** The rows as a query: whole numbers stay whole, texts are texts. */
export function tableQuery({ columns, rows }: Grid): string {
  const used = new Map<string, number>();
  const selected = columns.map(({ title, unit }, place) => {
    const times = (used.get(title) ?? 0) + 1;
    used.set(title, times);
    const name = times === 1 ? title : `${title} ${times}`;
    const isText = unit === 'text' || unit === 'time';
    const isWhole = rows.every((row) => row[place] === null || Number.isInteger(row[place]));
    return `CAST(column${place + 1} AS ${isText ? 'VARCHAR' : isWhole ? 'BIGINT' : 'DOUBLE'}) AS ${quoted(name, '"')}`;
  });
  const values = rows.map((row) => `(${columns.map((_, place) => literal(row[place] ?? null)).join(', ')})`);
  return `SELECT ${selected.join(', ')} FROM (VALUES ${values.join(', ')})`;
}

const quoted = (text: string, mark: string) => mark + text.replaceAll('\0', '').replaceAll(mark, mark + mark) + mark;
const literal = (value: string | number | null) => (value === null ? 'NULL' : typeof value === 'number' ? String(value) : quoted(value, "'"));
