/** What happened when: the lanes of a session, made from its explanation. Times are ms since its start. */

import type { Call, CountsAs, Explanation, Metric, Session, Span } from '../../api/types';
import { bitrate, duration, position, short } from '../../ui/format';

export interface Block {
  from: number;
  to: number;
  /** Its colour, by what it is. */
  tone: string;
  /** What it is, in words. */
  text: string;
  /** Its height from 0 to 1; whole if absent. */
  height?: number;
  /** The call to go to. */
  call?: number;
}

export interface Lane {
  name: string;
  title: string;
  blocks: Block[];
}

export interface Point {
  at: number;
  playhead: number;
}

export const COUNTS_AS: Record<CountsAs, string> = {
  starting: 'starting',
  content: 'playing',
  stall: 'stalled',
  ad: 'ad',
  gap: 'between ads',
  paused: 'paused',
  buffering: 'buffering',
  completed: 'completed',
};

/** All lanes that have something in them. */
export function lanes(explanation: Explanation, session: Session): Lane[] {
  const { spans, events, started } = explanation;
  const block = (span: Span, tone: string, text: string): Block =>
    ({ from: span.from - started, to: span.to - started, tone, text, ...(span.fromEvent === null ? {} : { call: span.fromEvent }) });
  const of = (name: string, title: string, blocks: Block[]): Lane => ({ name, title, blocks: merged(blocks) });
  const isWaiting = (span: Span) => span.countsAs === 'buffering' || span.countsAs === 'stall';
  const rates = spans.flatMap((span) => span.bitrate ?? []);
  const greatest = Math.max(...rates, 1);
  const inAd = spans.filter((span) => span.countsAs === 'ad' || span.countsAs === 'gap');
  const all: Lane[] = [
    of('player', 'Player', spans.map((span) => block(span, span.countsAs, COUNTS_AS[span.countsAs]))),
    of('waiting', 'Waiting', spans.filter(isWaiting).map((span) => block(span, span.countsAs, COUNTS_AS[span.countsAs]))),
    of('bitrate', 'Bitrate', spans.filter((span) => span.bitrate !== undefined).map((span) =>
      ({ ...block(span, 'bitrate', bitrate(span.bitrate!)), height: span.bitrate! / greatest }))),
    of('ads', 'Ads', inAd.map((span) => block(span, span.countsAs, span.countsAs === 'gap' ? 'between ads' : adName(session, span.ad)))),
    of('chapters', 'Chapters', spans.filter((span) => span.chapter !== undefined).map((span) =>
      block(span, `chapter-${span.chapter! % 2}`, chapterName(session, span.chapter!)))),
    ...stateLanes(explanation),
    { name: 'errors', title: 'Errors', blocks: events.filter(({ type }) => type === 'error').map((call) => tick(call, started, 'error')) },
    { name: 'calls', title: 'Calls', blocks: events.map((call) => tick(call, started, `outcome-${call.outcome}`)) },
  ];
  return all.filter(({ blocks }) => blocks.length > 0);
}

/** Where the playhead was, by the calls that were applied. */
export function playheads(explanation: Explanation): Point[] {
  return explanation.events
    .filter((call) => call.after !== null && call.appliedTime !== null)
    .sort((left, right) => (left.order ?? 0) - (right.order ?? 0))
    .map((call) => ({ at: call.appliedTime! - explanation.started, playhead: call.after!.playhead }));
}

/** The intervals that a metric is made of. */
export function metricLane(metric: Metric, explanation: Explanation): Lane {
  const at = (instant: number) => instant - explanation.started;
  const blocks = metric.parts.flatMap((part) =>
    part.from === undefined || part.to === undefined
      ? []
      : [{ from: at(part.from), to: at(part.to), tone: 'metric', text: duration((part.to - part.from) / 1000) }]);
  const ticks = metric.events.flatMap((number) => {
    const call = explanation.events[number];
    return call ? [tick(call, explanation.started, 'metric')] : [];
  });
  return { name: 'metric', title: metric.title, blocks: [...blocks, ...ticks] };
}

export function adName(session: Session, ad: number | undefined): string {
  const values = ad === undefined ? undefined : session.ads[ad];
  const name = values?.friendlyName ?? values?.name ?? values?.id;
  return name ? short(String(name), 40) : 'ad';
}

export function chapterName(session: Session, chapter: number): string {
  const values = session.chapters[chapter];
  return short(String(values?.friendlyName ?? `Chapter ${values?.index ?? chapter + 1}`), 40);
}

function stateLanes(explanation: Explanation): Lane[] {
  return explanation.metrics
    .filter((metric) => metric.state !== undefined && metric.name.endsWith('.time'))
    .map((metric) => ({ ...metricLane({ ...metric, events: [] }, explanation), name: `state-${metric.state}`, title: metric.state! }))
    .map((lane) => ({ ...lane, blocks: lane.blocks.map((block) => ({ ...block, tone: 'state', text: `${lane.title} for ${block.text}` })) }));
}

function tick(call: Call, started: number, tone: string): Block {
  const at = (call.appliedTime ?? call.clientTime) - started;
  const outcome = call.outcome === 'accepted' ? '' : `, ${call.outcome}`;
  return { from: at, to: at, tone, text: `#${call.number} ${call.type} at ${position(at / 1000, true)}${outcome}`, call: call.number };
}

/** Joins neighbours that are the same. */
function merged(blocks: Block[]): Block[] {
  const out: Block[] = [];
  for (const block of blocks) {
    const last = out.at(-1);
    if (last && last.to === block.from && last.tone === block.tone && last.text === block.text) last.to = block.to;
    else out.push({ ...block });
  }
  return out;
}
