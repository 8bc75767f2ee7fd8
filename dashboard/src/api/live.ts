/** What the open sessions do, once a second: see docs/console.md, Live. */

import { openStream } from './client';
import type { LiveCounts, LiveCurve, LiveFrame, LiveGroup } from './schema';

export type { LiveCounts, LiveCurve, LiveFrame, LiveGroup };
export type LiveSplit = NonNullable<LiveFrame['splits']>[number];

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
