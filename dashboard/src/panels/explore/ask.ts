/** A report as Explore keeps it in the address, and as it is asked for. */

import type { Granularity, MetricRequest, ReportKind } from '../../api/report';
import type { Address } from '../../state/address';
import type { Fields } from '../../state/question';

export interface Exploration {
  report: ReportKind;
  metrics: MetricRequest[];
  dimensions: string[];
  /** Empty: none for a table, one that suits the range for a chart. */
  granularity: Granularity | '';
  segment: string;
  as: 'table' | 'chart';
}

export const DEFAULT_METRICS = ['isViewed', 'visitors', 'timePlayed'];
const KINDS: ReportKind[] = ['table', 'concurrency', 'timeSpent', 'retention', 'segments', 'tenths', 'histogram'];
/** Panels that have a step of time or place. */
const STEPPED: ReportKind[] = ['table', 'concurrency', 'timeSpent', 'retention'];
/** Rows that a chart draws a line for. */
export const LINES_MAX = 6;
const ROWS = 100;
const GIVEN = ':=';

/** `share:=ad.timePlayed / timePlayed` is a formula with a name, all else a metric. */
export function readMetric(text: string): MetricRequest {
  const at = text.indexOf(GIVEN);
  return at > 0 ? { name: text.slice(0, at).trim(), formula: text.slice(at + GIVEN.length).trim() } : text;
}

export function writeMetric(metric: MetricRequest): string {
  return typeof metric === 'string' ? metric : `${metric.name}${GIVEN}${metric.formula}`;
}

export const metricName = (metric: MetricRequest) => (typeof metric === 'string' ? metric : metric.name);

export function exploration({ own }: Pick<Address, 'own'>): Exploration {
  const report = KINDS.find((kind) => kind === own.report?.[0]) ?? 'table';
  const metrics = (own.m ?? (report === 'histogram' ? ['timeToStart'] : DEFAULT_METRICS)).map(readMetric);
  return {
    report,
    metrics: report === 'histogram' ? metrics.slice(0, 1) : metrics,
    dimensions: own.d ?? [],
    granularity: (own.by?.[0] ?? '') as Granularity | '',
    segment: own.segment?.[0] ?? '',
    as: own.as?.[0] === 'chart' ? 'chart' : 'table',
  };
}

/** What is asked for; `suits` is the unit of time that suits the range. */
export function exploreFields(it: Exploration, sort: string, suits: Granularity): Fields {
  const segment = it.segment ? { segment: it.segment } : {};
  if (it.report !== 'table') {
    const step = STEPPED.includes(it.report) && it.granularity ? { granularity: it.granularity } : {};
    return { report: it.report, ...segment, ...step, ...(it.report === 'histogram' ? { metrics: it.metrics } : {}) };
  }
  const isChart = it.as === 'chart' || it.dimensions.length === 0;
  const by = sort.replace('-', '');
  const isKnown = it.dimensions.includes(by) || it.metrics.some((metric) => metricName(metric) === by);
  return {
    metrics: it.metrics,
    ...(it.dimensions.length > 0 ? { dimensions: it.dimensions, limit: it.as === 'chart' ? LINES_MAX : ROWS } : {}),
    ...(isChart ? { granularity: it.granularity || suits } : {}),
    ...segment,
    ...(it.as === 'table' && isKnown ? { order: { by, direction: sort.startsWith('-') ? 'descending' : 'ascending' } } : {}),
    isCompared: true,
  };
}

/** Places of metrics that can share an axis: those of one unit, in the order of the first of each. */
export function byUnit(units: string[]): number[][] {
  const groups = new Map<string, number[]>();
  units.forEach((unit, place) => groups.set(unit, [...(groups.get(unit) ?? []), place]));
  return [...groups.values()];
}
