/** The metrics of a session, in the groups in which people look for them. */

import type { Metric, Session } from '../../api/types';
import { adName, chapterName } from './lanes';

export interface Group {
  title: string;
  metrics: Metric[];
}

const NAMES: [string, RegExp][] = [
  ['Watching', /^(is(Viewed|Played|Completed)|hasResume|.*[tT]imePlayed|averageMinuteAudience|estimatedStreams|segment|hasSegmentView|secondsSinceLastCall)$/],
  ['Progress', /^hasProgress/],
  ['Quality', /^(timeToStart|timeToFirstPlay|isDroppedBeforeStart|isStartFailure|isExitBeforeStart|isPlaybackFailure|.*(buffer|Buffer|stall|Stall|bitrate|Bitrate|roppedFrame|rror)|framesPerSecond)/],
  ['Pauses', /[pP]ause/],
  ['Ads and chapters', /^(adCount|chapterCount)$/],
];

export function groups(metrics: Metric[], session: Session): Group[] {
  const found = new Map<string, Metric[]>();
  for (const metric of metrics) {
    const title = groupOf(metric, session);
    found.set(title, [...(found.get(title) ?? []), metric]);
  }
  const order = [...NAMES.map(([title]) => title), 'Other'];
  const place = (title: string) => (order.includes(title) ? order.indexOf(title) : order.length);
  return [...found].map(([title, metrics]) => ({ title, metrics })).sort((a, b) => place(a.title) - place(b.title));
}

function groupOf(metric: Metric, session: Session): string {
  if (metric.ad !== undefined) return `Ad ${metric.ad + 1}: ${adName(session, metric.ad)}`;
  if (metric.chapter !== undefined) return `Chapter ${metric.chapter + 1}: ${chapterName(session, metric.chapter)}`;
  if (metric.state !== undefined) return `State: ${metric.state}`;
  return NAMES.find(([, names]) => names.test(metric.name))?.[0] ?? 'Other';
}

/** Whether there is nothing to say: zero, no, absent. */
export function isNothing({ reported }: Metric): boolean {
  return reported === null || reported === false || reported === 0 || reported === '' || (Array.isArray(reported) && reported.length === 0);
}

export function metricKey({ name, ad, chapter, state }: Metric): string {
  return [name, ad, chapter, state].filter((part) => part !== undefined).join('/');
}

const UNITS: Record<string, string> = {
  flag: 'yes or no', count: 'a count', s: 'seconds, rounded once at the close', ratio: 'a ratio', kbps: 'kbit/s', number: 'a number', text: 'a text', list: 'a list',
};

/** What hovering over a metric says. */
export function about(metric: Metric): string {
  return `${metric.title} (${metric.name}): ${UNITS[metric.unit] ?? metric.unit}. Rule ${metric.rule} of the definitions.`;
}
