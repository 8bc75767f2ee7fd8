/** A report of metrics by dimensions and time, as one statement. */

import type { Catalog } from '../api/catalog';
import type { Granularity, ReportRequest } from '../api/report';
import type { SearchRequest } from '../state/search';
import { wallClock } from '../state/zones';
import { expand, formulaSql, readFormula, terms, type Formula, type Term } from './formula';
import { dimension, local, measure, NoSql, quoted, quotedColumn, TABLES, text, type Name, type PartScope } from './names';
import { chosen, partBase, sessionsSql, type Chosen } from './where';

const UNITS: Partial<Record<Granularity, number>> = {
  second: 1_000, minute: 60_000, '5minutes': 300_000, '15minutes': 900_000, '30minutes': 1_800_000, hour: 3_600_000, day: 86_400_000,
};

/** The start of the unit of time in which an instant lies, ms. */
export function unitSql(column: string, granularity: Granularity, zone: string, from: number, to: number): string {
  const step = UNITS[granularity];
  const offset = (at: number) => wallClock(at, zone) - at;
  const [first, last] = [offset(from), offset(to)];
  // Where the clock is put forward or back in between, units that are parts of an hour stay where they are.
  const isEven = step !== undefined && (first === last || (step < 86_400_000 && first % step === 0 && last % step === 0));
  if (isEven) {
    const shift = ((first % step) + step) % step;
    return shift === 0 ? `${column} - ${column} % ${step}` : `${column} - (${column} + ${shift}) % ${step}`;
  }
  if (step !== undefined && step < 86_400_000 && granularity !== 'hour') throw new NoSql('The clock changes within the range by less than the step.');
  return `CAST(date_trunc('${granularity}', ${local(column, zone)}) AS BIGINT)`;
}

/** How one term is made of the rows of a group. */
function aggregate(catalog: Catalog, { metric, statistic }: Term): { scope: 'session' | PartScope; columns: string[]; sql: string; isSum: boolean } {
  if (metric === 'sessions') return { scope: 'session', columns: [], sql: 'count(*)', isSum: true };
  if (metric === 'visitors') return { scope: 'session', columns: ['visitor'], sql: 'count(DISTINCT visitor)', isSum: true };
  const { scope, columns, sql, isFlag, state } = measure(catalog, metric);
  const only = state === undefined ? '' : ` FILTER (WHERE "name" = ${text(state)})`;
  if (only && statistic !== '' && statistic !== 'sum') throw new NoSql('Statistics of one player state are not written in SQL here.');
  const isMean = catalog.metrics.find(({ name }) => name === metric)?.aggregate === 'mean';
  const number = isFlag ? `CAST(${sql} AS BIGINT)` : sql;
  const made = (text: string, isSum = false) => ({ scope, columns, sql: text, isSum });
  const percent = /^p(\d\d)$/.exec(statistic === 'median' ? 'p50' : statistic)?.[1];
  // The least value that at least so many hundredths do not exceed.
  if (percent) return made(`array_sort(array_agg(${number}) FILTER (WHERE ${sql} IS NOT NULL))[greatest(1, (count(${sql}) * ${percent} + 99) / 100)]`);
  switch (statistic || (isMean ? 'mean' : 'sum')) {
    case 'mean':
      return made(`avg(${number})`);
    case 'min':
    case 'max':
      return made(`${statistic}(${number})`);
    case 'count':
      return made(`count(${sql})`, true);
    case 'same':
      return made(`CASE WHEN min(${number}) = max(${number}) THEN min(${number}) END`);
    default:
      if (isFlag && !only) return made(`count(*) FILTER (WHERE ${sql})`, true);
      return made(`coalesce(sum(${number})${only}, 0)`, true);
  }
}

interface Group {
  name: string;
  it: Name;
}

/** One statement per scope of metrics, and one over them if there are several. */
export function tableSql(catalog: Catalog, request: ReportRequest): { sql: string; leavesOpenOut: boolean } {
  if (request.having?.length) throw new NoSql('Conditions on rows are not written in SQL here.');
  const { from, to } = request.range as { from: number; to: number };
  const zone = request.zone ?? 'UTC';
  const all = chosen(catalog, request);
  const formulas = (request.metrics ?? []).map((metric): { name: string; formula: Formula } => {
    const [name, written] = typeof metric === 'string' ? [metric, isPlain(metric) ? metric : `\`${metric}\``] : [metric.name, metric.formula];
    const read = readFormula(written);
    const formula = read && expand(read, (each) => catalog.calculatedMetrics.find((one) => one.name === each)?.formula);
    if (!formula) throw new NoSql(`The formula of ${name} cannot be read.`);
    return { name, formula };
  });
  const needed = formulas.flatMap(({ formula }) => terms(formula)).filter(({ metric }) => metric !== 'periodSeconds');
  const made = new Map(needed.map((term) => [termName(term), aggregate(catalog, term)]));
  const scopes = [...new Set([...made.values()].map(({ scope }) => scope))];
  const groups: Group[] = (request.dimensions ?? []).map((name) => ({ name, it: dimension(catalog, name, zone) }));
  const partScopes = [...new Set(groups.map(({ it }) => it.scope).filter((scope): scope is PartScope => scope !== 'session'))];
  if (partScopes.length > 1) throw new NoSql('Ads, chapters and states do not meet in one statement.');
  const ended = request.clock === 'server' ? 'last_at' : 'end_ts';
  const time = request.granularity ? [{ name: 'at', sql: unitSql(ended, request.granularity, zone, from, to) }] : [];
  const keys = [...groups.map(({ name }) => name), ...time.map(({ name }) => name)];
  const uses = (scope: string) => [...made.values()].filter((each) => each.scope === scope).flatMap(({ columns }) => columns);
  const ofSessions = groups.filter(({ it }) => it.scope === 'session');
  const columns = ['start_position', ...(time.length > 0 ? [ended] : []), ...ofSessions.flatMap(({ it }) => it.columns), ...uses('session')];
  const withs = [sessionsSql(all, columns)];
  for (const scope of new Set([...partScopes, ...scopes.filter((scope): scope is PartScope => scope !== 'session')])) withs.push(partsSql(scope, request.suite, all));
  const part = partScopes[0];
  const source = (scope: 'session' | PartScope) => sourceSql(scope, part, groups, time, uses(scope));
  const term = (each: Term): string => (each.metric === 'periodSeconds' ? `${(to - from) / 1000}` : made.get(termName(each))!.sql);
  const keyList = keys.map((name) => quoted(name));
  const groupBy = keys.length > 0 ? `\nGROUP BY ${keyList.join(', ')}` : '';
  const leavesOpenOut = all.withOpen && (partScopes.length > 0 || scopes.some((scope) => scope !== 'session') || Object.keys(all.parts).length > 0);
  const tail = orderSql(request, keys, formulas.map(({ name }) => name), time.length > 0);
  if (scopes.length <= 1) {
    const outputs = formulas.map(({ name, formula }) => `${formulaSql(formula, term)} AS ${quoted(name)}`);
    const select = [...keyList, ...outputs].join(',\n    ');
    return { sql: `WITH ${withs.join(',\n')}\nSELECT ${select}\nFROM ${source(scopes[0] ?? 'session')}${groupBy}${tail}`, leavesOpenOut };
  }
  const outer = (each: Term): string => {
    if (each.metric === 'periodSeconds') return `${(to - from) / 1000}`;
    const column = quoted(termName(each));
    return made.get(termName(each))!.isSum ? `coalesce(${column}, 0)` : column;
  };
  scopes.forEach((scope) => {
    const outputs = [...made].filter(([, each]) => each.scope === scope).map(([name, { sql }]) => `${sql} AS ${quoted(name)}`);
    withs.push(`of_${TABLES[scope as PartScope] ?? 'sessions'} AS (\nSELECT ${[...keyList, ...outputs].join(',\n    ')}\nFROM ${source(scope)}${groupBy}\n)`);
  });
  const tables = scopes.map((scope) => `of_${TABLES[scope as PartScope] ?? 'sessions'}`);
  const key = (name: string) => `coalesce(${tables.map((table) => `${table}.${quoted(name)}`).join(', ')})`;
  const joined = tables.slice(1).reduce((sql, table) => (keys.length === 0 ? `${sql} CROSS JOIN ${table}`
    : `${sql}\nFULL JOIN ${table} ON ${keyList.map((name) => `(${tables[0]}.${name} IS NOT DISTINCT FROM ${table}.${name})`).join(' AND ')}`), tables[0]!);
  const outputs = [...keys.map((name) => `${key(name)} AS ${quoted(name)}`), ...formulas.map(({ name, formula }) => `${formulaSql(formula, outer)} AS ${quoted(name)}`)];
  return { sql: `WITH ${withs.join(',\n')}\nSELECT ${outputs.join(',\n    ')}\nFROM ${joined}${tail}`, leavesOpenOut };
}

const isPlain = (name: string) => /^\w+(\(.+\))?$/.test(name) || /^(ad|chapter|state)\.[\w.]+$/.test(name);
const termName = ({ metric, statistic }: Term) => (statistic ? `${statistic}(${metric})` : metric);

/** The parts of the sessions that are chosen. */
function partsSql(scope: PartScope, suite: string, { parts }: Chosen): string {
  const where = [`report_suite = ${text(suite)}`, ...partBase(scope), ...(parts[scope] ?? []), 'start_position IN (SELECT start_position FROM chosen)'];
  return `chosen_${TABLES[scope]} AS (\n    SELECT * FROM ${TABLES[scope]}\n    WHERE ${where.join('\n      AND ')}\n)`;
}

/** What is grouped: each row with its keys. A session counts once for each value of its parts. */
function sourceSql(scope: 'session' | PartScope, part: PartScope | undefined, groups: Group[], time: { name: string; sql: string }[], columns: string[]): string {
  const session = (it: Name) => (it.isList ? unnested(it.sql) : it.sql);
  const ofSession = [
    ...groups.filter(({ it }) => it.scope === 'session').map(({ name, it }) => `${session(it)} AS ${quoted(name)}`),
    ...time.map(({ name, sql }) => `${sql} AS ${quoted(name)}`),
  ];
  const keys = new Set(groups.map(({ name }) => name));
  const hidden = groups.find(({ name, it }) => it.columns.includes(name) && it.sql !== quotedColumn(name));
  if (hidden && groups.some(({ it }) => it.isList)) throw new NoSql(`A list and ${hidden.name} do not meet in one short statement.`);
  const unique = [...new Set(columns)].filter((column) => !keys.has(column)).map(quotedColumn);
  const ofPart = groups.filter(({ it }) => it.scope !== 'session').map(({ name, it }) => `${it.sql} AS ${quoted(name)}`);
  if (scope === 'session') {
    const list = [...ofSession, 'start_position', ...unique].join(', ');
    if (!part) return ofSession.length > 0 ? `(SELECT ${list} FROM chosen)` : 'chosen';
    return `(SELECT ${list} FROM chosen)\n  LEFT JOIN (SELECT DISTINCT start_position, ${ofPart.join(', ')} FROM chosen_${TABLES[part]}) USING (start_position)`;
  }
  if (part && part !== scope) throw new NoSql('Ads, chapters and states do not meet in one statement.');
  const parts = `(SELECT ${[...ofPart, 'start_position', ...unique].join(', ')} FROM chosen_${TABLES[scope]})`;
  return ofSession.length === 0 ? parts : `(SELECT ${[...ofSession, 'start_position'].join(', ')} FROM chosen)\n  JOIN ${parts} USING (start_position)`;
}

/** Each item of a list once; what has none counts under nothing. */
const unnested = (list: string) => `unnest(CASE WHEN coalesce(array_length(${list}), 0) = 0 THEN make_array(NULL) ELSE array_distinct(${list}) END)`;

function orderSql(request: ReportRequest, keys: string[], metrics: string[], isOverTime: boolean): string {
  if (keys.length === 0) return '';
  if (isOverTime) return `\nORDER BY ${[...keys].reverse().map((name) => quoted(name)).join(', ')}`;
  const { by = metrics[0]!, direction = 'descending' } = request.order ?? {};
  const rest = keys.filter((name) => name !== by);
  const order = [`${quoted(by)} ${direction === 'descending' ? 'DESC' : 'ASC'} NULLS LAST`, ...rest.map((name) => quoted(name))];
  return `\nORDER BY ${order.join(', ')}\nLIMIT ${request.limit ?? 100}`;
}

/** A row for each session that a search finds. */
export function listSql(catalog: Catalog, request: SearchRequest): string {
  if (request.open === 'only') throw new NoSql('The table open_sessions has them: SELECT * FROM open_sessions.');
  const zone = request.zone ?? 'UTC';
  const order = request.order ?? { by: 'start' };
  const by = order.by === 'start' ? { columns: ['start_ts'], sql: 'start_ts' } : measure(catalog, order.by);
  const all: { name: string; it: Name }[] = [
    ...(request.dimensions ?? []).map((name) => ({ name, it: dimension(catalog, name, zone) })),
    ...(request.metrics ?? []).map((metric) => {
      if (typeof metric !== 'string' || !catalog.metrics.some(({ name, scope }) => name === metric && scope === 'session')) throw new NoSql('Only numbers of the session itself are columns of a table.');
      return { name: metric, it: measure(catalog, metric) };
    }),
  ];
  const { open, ...rest } = request;
  const picked = chosen(catalog, { ...rest, includeOpen: open !== 'exclude' });
  const columns = ['sid', 'start_ts', 'end_ts', 'start_position', ...by.columns, ...all.flatMap(({ it }) => it.columns)];
  const select = ['sid', 'start_ts AS "start"', 'end_ts AS "end"', ...all.map(({ name, it }) => `${it.sql} AS ${quoted(name)}`)];
  return `WITH ${sessionsSql(picked, columns)}\nSELECT ${select.join(',\n    ')}\nFROM chosen\nORDER BY ${by.sql} ${order.direction === 'ascending' ? 'ASC' : 'DESC'} NULLS LAST, start_position\nLIMIT ${request.limit ?? 50}`;
}
