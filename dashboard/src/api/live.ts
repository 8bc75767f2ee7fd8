/** What the open sessions do, once a second: see docs/console.md, Live. */

import { openStream } from './client';

export interface LiveCounts {
  active: number;
  viewers: number;
  starting: number;
  playing: number;
  paused: number;
  buffering: number;
  completed: number;
  inBreaks: number;
  rebuffering: number;
  bufferingShare: number | null;
  /** In the last 60 seconds, as the three after it. */
  starts: number;
  contentStarts: number;
  startFailures: number;
  playbackFailures: number;
}

export interface LiveGroup extends LiveCounts {
  /** `null` for sessions without a value. */
  value: string | null;
  /** All values that there was no room for. */
  beyond?: true;
}

export interface LiveSplit {
  by: string;
  groups: LiveGroup[];
  groupCount: number;
}

/** A value for each second. */
export interface LiveCurve {
  /** ms */
  from: number;
  /** ms: seconds from here on may still grow in `sessions` and `viewers`. */
  provisionalFrom: number;
  sessions: number[];
  viewers: number[];
  starts: number[];
  contentStarts: number[];
  startFailures: number[];
  playbackFailures: number[];
  /** `null` where nobody looked. */
  active: (number | null)[];
  activeViewers: (number | null)[];
  buffering: (number | null)[];
}

export interface LiveFrame {
  /** A full second, ms. */
  at: number;
  /** False while open sessions are counted anew after a restart. */
  complete: boolean;
  totals: LiveCounts;
  /** By the first dimension that was asked for. */
  groups?: LiveGroup[];
  groupCount?: number;
  /** By the others. */
  splits?: LiveSplit[];
  curve: LiveCurve | null;
}

export interface LiveQuestion {
  suite: string;
  by: string[];
  top: number;
  /** Dimension and value; an empty one stands for none. */
  filters: [string, string][];
}

export function livePath({ suite, by, top, filters }: LiveQuestion): string {
  const query = new URLSearchParams({ suite });
  for (const name of by) query.append('by', name);
  query.set('top', String(top));
  for (const [name, value] of filters) query.append('filter', `${name}:${value}`);
  return `/v1/live?${query.toString()}`;
}

/** All sessions by a dimension that was asked for, the `first` of them or another. */
export function splitBy(frame: LiveFrame | undefined, first: string, by: string): LiveSplit | undefined {
  const { groups, groupCount = 0, splits } = frame ?? {};
  return by === first && groups ? { by, groups, groupCount } : splits?.find((split) => split.by === by);
}

/** Takes whole events off the front of what has come; each is its data. */
export function takeEvents(text: string): { events: string[]; rest: string } {
  const parts = text.split('\n\n');
  const rest = parts.pop()!;
  const events = parts.flatMap((part) => {
    const data = part.split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart());
    return data.length > 0 ? [data.join('\n')] : [];
  });
  return { events, rest };
}

/** Hands on each frame; returns when the server ends the stream. */
export async function follow(path: string, signal: AbortSignal, take: (frame: LiveFrame) => void): Promise<void> {
  const reader = (await openStream(path, signal)).getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const { events, rest } = takeEvents(text + decoder.decode(value, { stream: true }));
    text = rest;
    for (const event of events) take(JSON.parse(event) as LiveFrame);
  }
}
