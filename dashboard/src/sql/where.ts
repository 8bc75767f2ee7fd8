/** Which sessions, ads, chapters and states a report is about, as conditions of SQL. */

import type { Catalog } from '../api/catalog';
import type { Filter, ReportRequest } from '../api/report';
import type { Scope } from '../api/schema';
import { dimension, measure, NoSql, quotedColumn, TABLES, text, type Name, type PartScope } from './names';

interface Condition {
  scope: Scope;
  sql: string;
  columns: string[];
}

function ofDimension({ sql, isList }: Name, { op = '=', value }: Filter): string {
  const written = (each: unknown) => text(String(each));
  const values = Array.isArray(value) ? value : [value];
  const isNull = op === 'null' || (op === '=' && value === null);
  if (isList) {
    const known = values.filter((each) => each !== null);
    if (isNull) return `coalesce(array_length(${sql}), 0) = 0`;
    if ((op === '=' || op === 'in') && known.length === values.length) return known.map((each) => `array_has(${sql}, ${written(each)})`).join(' OR ');
    if (op === 'contains' && !String(value).includes('\n')) return `contains(array_to_string(${sql}, chr(10)), ${written(value)})`;
    throw new NoSql('A list is looked into by =, in and contains only.');
  }
  if (isNull) return `${sql} IS NULL`;
  switch (op) {
    case '=':
      return `${sql} = ${written(value)}`;
    case 'in': {
      const known = values.filter((each) => each !== null);
      const among = known.length > 0 ? [`${sql} IN (${known.map(written).join(', ')})`] : [];
      return [...among, ...(known.length < values.length ? [`${sql} IS NULL`] : [])].join(' OR ');
    }
    case 'contains':
      return `contains(${sql}, ${written(value)})`;
    case 'startsWith':
      return `starts_with(${sql}, ${written(value)})`;
    case 'regex':
      return `regexp_like(${sql}, ${written(value)})`;
    default:
      return `TRY_CAST(${sql} AS DOUBLE) ${op} ${Number(value)}`;
  }
}

function ofMetric(catalog: Catalog, name: string, { op = '=', value }: Filter): string {
  const { sql, isFlag } = measure(catalog, name);
  const number = isFlag ? `CAST(${sql} AS BIGINT)` : sql;
  if (op === 'null' || (op === '=' && value === null)) return `${sql} IS NULL`;
  if (op === 'in') return `${number} IN (${(value as unknown[]).map(Number).join(', ')})`;
  return `${number} ${op} ${Number(value)}`;
}

function condition(catalog: Catalog, filter: Filter, zone: string): Condition {
  if (filter.scope === 'visitor') throw new NoSql('A condition on visitors has no short form in SQL.');
  const it = filter.dimension ? dimension(catalog, filter.dimension, zone) : measure(catalog, filter.metric ?? '');
  const sql = filter.dimension ? ofDimension(it, filter) : ofMetric(catalog, filter.metric ?? '', filter);
  return { scope: it.scope, columns: it.columns, sql: filter.not ? `(${sql}) IS NOT TRUE` : / OR /.test(sql) ? `(${sql})` : sql };
}

export interface Chosen {
  /** Conditions on rows of `sessions` and `open_sessions`. */
  sessions: string[];
  /** Those on parts. A session has to have a part that meets all of them. */
  parts: Partial<Record<PartScope, string[]>>;
  withOpen: boolean;
}

/** All conditions of a report. `isActive`: sessions whose span meets the range, instead of those that end in it. */
export function chosen(catalog: Catalog, request: ReportRequest, isActive = false): Chosen {
  const { from, to } = request.range ?? {};
  if (typeof from !== 'number' || typeof to !== 'number') throw new NoSql('The range has to be known.');
  const zone = request.zone ?? 'UTC';
  const [first, last] = request.clock === 'server' ? ['started_at', 'last_at'] : ['start_ts', 'end_ts'];
  const segment = request.segment ? catalog.segments.find(({ name }) => name === request.segment) : undefined;
  if (request.segment && !segment) throw new NoSql('The segment is not in the catalogue.');
  const all = [...(segment?.filters ?? []), ...(request.filters ?? [])].map((filter) => condition(catalog, filter, zone));
  const parts: Chosen['parts'] = {};
  for (const { scope, sql } of all) {
    if (scope === 'session') continue;
    parts[scope] = [...(parts[scope] ?? []), sql];
  }
  const time = isActive
    ? [`${first} < ${to}`, `greatest(${last}, ${first} + 1) > ${from}`]
    : [`${last} >= ${from}`, `${last} < ${to}`];
  return {
    sessions: [
      `report_suite = ${text(request.suite)}`,
      'is_reported',
      ...time,
      ...(request.bots === 'exclude' ? ['NOT is_bot'] : request.bots === 'only' ? ['is_bot'] : []),
      ...all.filter(({ scope }) => scope === 'session').map(({ sql }) => sql),
      ...(Object.entries(parts) as [PartScope, string[]][]).map(([scope, conditions]) =>
        `start_position IN (SELECT start_position FROM ${TABLES[scope]} WHERE ${[`report_suite = ${text(request.suite)}`, ...partBase(scope), ...conditions].join(' AND ')})`),
    ],
    parts,
    withOpen: request.includeOpen === true,
  };
}

/** Reports leave out ads without an id. */
export const partBase = (scope: PartScope) => (scope === 'ad' ? ["id <> ''"] : []);

/** Columns that open sessions do not have. */
const CLOSED_ONLY: Record<string, string> = { close_reason: 'VARCHAR', closed_at: 'BIGINT', close_position: 'BIGINT' };

/** The sessions of a report with these columns, as a part of `WITH`. */
export function sessionsSql({ sessions, withOpen }: Chosen, columns: string[]): string {
  const names = [...new Set(columns)];
  const list = (isOpen: boolean) => names.map((name) => {
    const kind = isOpen ? CLOSED_ONLY[name] : undefined;
    return kind ? `CAST(NULL AS ${kind}) AS ${name}` : quotedColumn(name);
  }).join(', ');
  const where = (isOpen: boolean) => (isOpen ? sessions.map((sql) => sql.replace(/\bclose_reason\b/g, 'CAST(NULL AS VARCHAR)')) : sessions).join('\n      AND ');
  const from = (table: string) => `    SELECT ${list(table !== 'sessions')}\n    FROM ${table}\n    WHERE ${where(table !== 'sessions')}`;
  return `chosen AS (\n${[from('sessions'), ...(withOpen ? [from('open_sessions')] : [])].join('\n    UNION ALL\n')}\n)`;
}
