/** What the console answers, as far as the page uses it: see docs/console.md. */

import type { Event, ExplainedMetric, Explanation as Explained, MetricPart, OutcomeCounts, Outcomes as Told, PlayerOutcomes } from './schema';

export type { CountsAs, Event as Call, RefusedSample as Sample, Server, Span } from './schema';

export type Value = string | number | boolean | null | string[] | Record<string, string>;
export type Values = Record<string, Value | undefined>;

export interface Session {
  sid: string;
  state: 'open' | 'closed';
  provisional: boolean;
  /** Server time of the start, ms; in lists only. */
  startedAt?: number;
  session: Values;
  ads: Values[];
  chapters: Values[];
  states: Record<string, { isSet: boolean; count: number; time: number }>;
}

export interface SessionList {
  sessions: Session[];
  next: string | null;
}

export type Outcome = Event['outcome'];
/** A stretch of time or of the content. */
export type Part = Partial<Extract<MetricPart, { from: number }> & Extract<MetricPart, { fromPlayhead: number }>>;
export type Metric = Omit<ExplainedMetric, 'parts' | 'reported'> & { parts: Part[]; reported: Value };
export type Explanation = Omit<Explained, 'metrics'> & { metrics: Metric[] };

type ByName<T> = Omit<T, 'refused' | 'settled'> & { refused: Record<string, number>; settled: Record<string, number> };
export type Counts = ByName<OutcomeCounts>;
export type PlayerCounts = ByName<PlayerOutcomes>;
export type Outcomes = Pick<Told, 'refusedSamples'> & { total: Counts; byPlayer: PlayerCounts[] };
