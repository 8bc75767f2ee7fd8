/** The catalogue of the console: what can be asked of reports, and what it means. */

import { ownMetric } from './own-metrics';
import type { Answer, Heading } from './report';
import type { Catalog } from './schema';

export type { Catalog };
/** A metric, counted or calculated. */
export type Measure = Pick<Catalog['metrics'][number], 'name' | 'title' | 'unit'> & Partial<Catalog['metrics'][number] & Catalog['calculatedMetrics'][number]>;

const STATISTICS: Record<string, string> = {
  sum: 'Sum', mean: 'Mean', min: 'Least', max: 'Largest', count: 'How many have it', same: 'The same in all', median: 'Median',
};
const HOW = { count: 'counted', sum: 'summed over sessions', mean: 'averaged over the sessions that have it' };
const UNITS: Record<string, string> = { s: 'in seconds', kbps: 'in kbit/s', ms: 'in milliseconds' };

/** `p95(timeToStart)` as its two words. */
export function splitStatistic(name: string): { statistic: string; metric: string } {
  const match = /^(\w+)\((.+)\)$/.exec(name);
  return match ? { statistic: match[1]!, metric: match[2]!.replaceAll('`', '') } : { statistic: '', metric: name };
}

function statisticTitle(statistic: string): string {
  const percentile = /^p(\d\d)$/.exec(statistic);
  return percentile ? `${percentile[1]}th percentile` : (STATISTICS[statistic] ?? statistic);
}

export function findMeasure(catalog: Catalog, name: string): Measure | undefined {
  const { metric } = splitStatistic(name);
  return [...catalog.metrics, ...catalog.calculatedMetrics].find((measure) => measure.name === metric);
}

/** The name of a metric for people. */
export function metricTitle(catalog: Catalog, name: string): string {
  const { statistic } = splitStatistic(name);
  const title = findMeasure(catalog, name)?.title ?? name;
  return statistic ? `${title}, ${statisticTitle(statistic).toLowerCase()}` : title;
}

/** An answer with names for people: of a statistic it says only the metric, of a formula nothing. */
export function withTitles(catalog: Catalog, answer: Answer): Answer {
  const headings = answer.headings.map((heading): Heading => {
    if (heading.kind === 'dimension') return heading;
    const own = ownMetric(heading.name);
    if (own) return { ...heading, title: own.title, unit: own.unit ?? heading.unit };
    return splitStatistic(heading.name).statistic ? { ...heading, title: metricTitle(catalog, heading.name), unit: metricUnit(catalog, heading.name) } : heading;
  });
  return { ...answer, headings };
}

/** The unit of what is answered: of how many have a value, a count. */
export function metricUnit(catalog: Catalog, name: string): string {
  return splitStatistic(name).statistic === 'count' ? 'count' : (findMeasure(catalog, name)?.unit ?? 'number');
}

/** What a metric is, in a sentence: hovering shows it. */
export function metricAbout(catalog: Catalog, name: string): string {
  const own = ownMetric(name);
  if (own) return `${own.title} = ${own.formula}`;
  const measure = findMeasure(catalog, name);
  if (!measure) return name;
  const { statistic } = splitStatistic(name);
  const how = statistic ? statisticTitle(statistic).toLowerCase() : measure.formula ? `= ${measure.formula}` : measure.aggregate ? HOW[measure.aggregate] : '';
  const told = [measure.title, how, UNITS[measure.unit]].filter(Boolean);
  return `${told.join(measure.formula && !statistic ? ' ' : ', ')}. Name ${name}${measure.rule ? `, rule ${measure.rule}` : ''}`;
}

export function dimensionTitle(catalog: Catalog, name: string): string {
  const found = catalog.dimensions.find((dimension) => dimension.name === name);
  if (found) return found.title;
  const custom = /^(ad\.|chapter\.)?custom\.(.+)$/.exec(name);
  return custom ? `Custom: ${custom[2]}` : (findMeasure(catalog, name)?.title ?? name);
}
