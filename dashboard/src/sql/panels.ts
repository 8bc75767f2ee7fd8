/** The reports that are no table of metrics, as statements. */

import type { Catalog } from '../api/catalog';
import type { ReportRequest } from '../api/report';
import { measure, NoSql } from './names';
import { unitSql } from './table';
import { chosen, sessionsSql } from './where';

const span = (request: ReportRequest) => (request.clock === 'server' ? ['started_at', 'last_at'] as const : ['start_ts', 'end_ts'] as const);

/** The part of each span that lies in the range, and the steps that it meets. */
function steps(catalog: Catalog, request: ReportRequest, step: number): string {
  const { from, to } = request.range as { from: number; to: number };
  const [first, last] = span(request);
  const all = sessionsSql(chosen(catalog, request, true), [first, last, 'visitor']);
  return `WITH ${all},
spans AS (
    SELECT visitor, greatest(${first}, ${from}) AS began, least(greatest(${last}, ${first} + 1), ${to}) AS ended FROM chosen
),
steps AS (
    SELECT visitor, began, ended, unnest(range(began / ${step}, (ended - 1) / ${step} + 1)) * ${step} AS step FROM spans
)`;
}

export function concurrencySql(catalog: Catalog, request: ReportRequest): string {
  const { from, to } = request.range as { from: number; to: number };
  const granularity = request.granularity ?? suits(from, to);
  const unit = granularity === 'second' ? 1_000 : 60_000;
  return `${steps(catalog, request, unit)},
each AS (
    SELECT step, count(DISTINCT visitor) AS viewers, count(*) AS sessions FROM steps GROUP BY step
)
SELECT ${unitSql('step', granularity, request.zone ?? 'UTC', from, to)} AS "time", max(viewers) AS viewers, max(sessions) AS sessions
FROM each GROUP BY 1 ORDER BY 1`;
}

/** The finest step with at most 1,440 rows (R9.1). */
function suits(from: number, to: number) {
  const all = [['minute', 1], ['5minutes', 5], ['15minutes', 15], ['30minutes', 30], ['hour', 60]] as const;
  return all.find(([, minutes]) => Math.floor((to - from - 1) / (minutes * 60_000)) < 1_440)?.[0] ?? 'day';
}

export function timeSpentSql(catalog: Catalog, request: ReportRequest): string {
  const { from, to } = request.range as { from: number; to: number };
  return `${steps(catalog, request, 60_000)}
SELECT ${unitSql('step', request.granularity ?? suits(from, to), request.zone ?? 'UTC', from, to)} AS "time",
    CAST(round(sum(least(ended, step + 60000) - greatest(began, step)) / 1000.0) AS BIGINT) AS "timeSpent"
FROM steps GROUP BY 1 ORDER BY 1`;
}

/** Stretches cut into equal steps of the content. */
function stretches(catalog: Catalog, request: ReportRequest, step: number, condition = ''): string {
  const all = sessionsSql(chosen(catalog, request), ['start_position', 'watched', 'is_live', 'length_us']);
  return `WITH ${all},
stretches AS (
    SELECT start_position, is_live, unnest(watched) AS stretch FROM chosen${condition}
),
places AS (
    SELECT start_position, is_live, stretch['from_us'] AS began, stretch['to_us'] AS ended,
        unnest(range(stretch['from_us'] / ${step}, (stretch['to_us'] - 1) / ${step} + 1)) AS place
    FROM stretches WHERE stretch['to_us'] > stretch['from_us']
)`;
}

export function retentionSql(catalog: Catalog, request: ReportRequest): string {
  const step = request.granularity === 'second' ? 1_000_000 : 60_000_000;
  return `${stretches(catalog, request, step)},
each AS (
    SELECT CASE WHEN is_live THEN place % ${86_400_000_000 / step} ELSE place END AS place, start_position,
        sum(least(ended, (place + 1) * ${step}) - greatest(began, place * ${step})) AS us
    FROM places GROUP BY 1, 2
)
SELECT place, CAST(sum(round(us / 1000000.0)) AS BIGINT) AS "time", count(*) AS sessions
FROM each GROUP BY place ORDER BY place`;
}

export function segmentsSql(catalog: Catalog, request: ReportRequest): string {
  return `${stretches(catalog, request, 300_000_000)}
SELECT '[' || 5 * place || '-' || 5 * (place + 1) || ']' AS segment, count(DISTINCT start_position) AS sessions
FROM places GROUP BY place ORDER BY place`;
}

/** Edges of a histogram that names none: 1, 2, 5, 10 and so on. */
const USUAL_EDGES = [0, ...Array.from({ length: 6 }, (_, power) => [1, 2, 5].map((edge) => edge * 10 ** power)).flat()];

export function histogramSql(catalog: Catalog, request: ReportRequest): string {
  const [metric] = request.metrics ?? [];
  if (typeof metric !== 'string') throw new NoSql('A histogram is of one metric.');
  const edges = request.edges?.length ? request.edges : USUAL_EDGES;
  const { sql, columns, isFlag } = measure(catalog, metric);
  const value = isFlag ? `CAST(${sql} AS BIGINT)` : sql;
  const bins = edges.map((edge, place) => `        WHEN ${value} < ${edge} THEN '${place === 0 ? `<${edge}` : `${edges[place - 1]}-${edge}`}'`);
  return `WITH ${sessionsSql(chosen(catalog, request), columns)}
SELECT CASE
${bins.join('\n')}
        WHEN ${value} IS NOT NULL THEN '${edges.at(-1)}-'
    END AS bin, count(*) AS sessions
FROM chosen GROUP BY 1 ORDER BY min(${value})`;
}
