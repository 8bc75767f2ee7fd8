/** Names of reports as expressions over the tables: see docs/reference/tables.md. */

import type { Catalog } from '../api/catalog';
import type { Scope } from '../api/schema';

export const text = (value: string) => `'${value.replaceAll('\0', '').replaceAll("'", "''")}'`;
export const quoted = (name: string) => `"${name.replaceAll('\0', '').replaceAll('"', '""')}"`;

/** Why there is no statement for a report. */
export class NoSql extends Error {}

export type PartScope = Exclude<Scope, 'session'>;
export const TABLES: Record<PartScope, string> = { ad: 'ads', chapter: 'chapters', state: 'states' };

/** `playerSdkErrors` → `player_sdk_errors` */
function snake(name: string): string {
  return name.replace(/([a-z])([A-Z]|\d)/g, '$1_$2').toLowerCase();
}

const OTHER_COLUMNS: Record<string, string> = { ID: 'sid', clockOffset: 'clock_offset_ms' };

/** A dimension or a number of one row. */
export interface Name {
  scope: Scope;
  /** Columns of its table that it reads. */
  columns: string[];
  sql: string;
  /** A list gives each of its items. */
  isList?: boolean;
}

/** An instant on the clock of a zone. */
export const local = (column: string, zone: string) => `arrow_cast(${column}, 'Timestamp(Millisecond, Some("${zone.replace(/[^\w/+-]/g, '')}"))')`;

const PARTS_OF_TIME: Record<string, (at: string) => string> = {
  hourOfDay: (at) => `CAST(date_part('hour', ${at}) AS VARCHAR)`,
  amPm: (at) => `CASE WHEN date_part('hour', ${at}) < 12 THEN 'AM' ELSE 'PM' END`,
  dayOfWeek: (at) => `to_char(${at}, '%A')`,
  weekdayWeekend: (at) => `CASE WHEN date_part('dow', ${at}) IN (0, 6) THEN 'weekend' ELSE 'weekday' END`,
  dayOfMonth: (at) => `CAST(date_part('day', ${at}) AS VARCHAR)`,
  month: (at) => `to_char(${at}, '%B')`,
  quarter: (at) => `'Q' || date_part('quarter', ${at})`,
  year: (at) => `CAST(date_part('year', ${at}) AS VARCHAR)`,
};

const DOUBLES = new Set(['length', 'ad.length', 'ad.podSecond', 'chapter.offset', 'chapter.length']);
const PART = /^(ad|chapter|state)\.(.+)$/;

/** A dimension by its name: an expression whose values are texts. */
export function dimension(catalog: Catalog, name: string, zone: string): Name {
  const [, part, rest = name] = PART.exec(name) ?? [];
  const scope = (part ?? 'session') as Scope;
  const custom = /^custom\.(.+)$/.exec(rest);
  if (custom) return { scope, columns: ['custom_metadata'], sql: `custom_metadata[${text(custom[1]!)}]` };
  const time = scope === 'session' ? PARTS_OF_TIME[name] : undefined;
  if (time) return { scope, columns: ['start_ts'], sql: time(local('start_ts', zone)) };
  const known = catalog.dimensions.find((each) => each.name === name);
  const isMetric = catalog.metrics.some((metric) => metric.name === name && metric.scope === 'session');
  if (!known && !isMetric) throw new NoSql(`${name} is no column of a table.`);
  if (isMetric) return { ...measure(catalog, name), sql: `CAST(${measure(catalog, name).sql} AS VARCHAR)` };
  const column = OTHER_COLUMNS[name] ?? snake(rest);
  const columns = [column];
  if (known!.list) return { scope, columns, sql: quotedColumn(column), isList: true };
  if (DOUBLES.has(name)) {
    const sql = quotedColumn(column);
    return { scope, columns, sql: `CASE WHEN ${sql} = trunc(${sql}) THEN CAST(CAST(${sql} AS BIGINT) AS VARCHAR) ELSE CAST(${sql} AS VARCHAR) END` };
  }
  return { scope, columns, sql: NOT_TEXT.test(name) ? `CAST(${quotedColumn(column)} AS VARCHAR)` : quotedColumn(column) };
}

/** Dimensions whose columns are flags or numbers. */
const NOT_TEXT = /^(is[A-Z]\w+|clockOffset|ad\.podPosition|ad\.podIndex|chapter\.index)$/;

/** Words of SQL among the names of columns. */
const WORDS = new Set(['show', 'index', 'offset', 'length', 'number', 'count', 'time', 'system', 'label', 'name']);
export const quotedColumn = (column: string) => (WORDS.has(column) ? `"${column}"` : column);

/** A metric of one row by its name, and whether it is a flag. */
export function measure(catalog: Catalog, name: string): Name & { isFlag: boolean; state?: string } {
  const known = catalog.metrics.find((metric) => metric.name === name);
  const state = /^state\.(.+)\.(isSet|count|time)$/.exec(name);
  if (state) return { scope: 'state', columns: [snake(state[2]!), 'name'], sql: quotedColumn(snake(state[2]!)), isFlag: state[2] === 'isSet', state: state[1]! };
  if (!known) throw new NoSql(`${name} is no metric of the catalogue.`);
  if (name === 'contentLength') return { scope: 'session', columns: ['length_us'], sql: 'length_us / 1000000.0', isFlag: false };
  // Summed in parts of a billionth.
  if (name === 'averageMinuteAudience') return { scope: 'session', columns: ['average_minute_audience'], sql: 'round(average_minute_audience, 9)', isFlag: false };
  const [, , rest = name] = PART.exec(name) ?? [];
  const column = snake(rest);
  return { scope: known.scope, columns: [column], sql: quotedColumn(column), isFlag: known.unit === 'flag' };
}
