/** What the console answers, as far as the page uses it: see docs/console.md. */

export interface Server {
  version: string;
  /** Where players send to. */
  door: string;
  /** Server time, ms. */
  now: number;
  clock: 'system' | 'manual';
  asksForToken: boolean;
  /** Events received since the data folder began. */
  received: number;
  timeZone: string;
  suites: Suite[];
}

export interface Suite {
  id: string;
  timeZone: string;
}

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

export type Outcome = 'accepted' | 'late' | 'ignored' | 'duplicate' | 'after_close' | 'held';

export interface Call {
  number: number;
  type: string;
  clientTime: number;
  serverTime: number;
  appliedTime: number | null;
  playhead: number;
  outcome: Outcome;
  outcomeIfClosedNow?: Outcome;
  rule: string;
  why: string;
  effect: string[];
  order: number | null;
  after: { player: string; context: string; inChapter: boolean; playhead: number } | null;
}

export type CountsAs =
  | 'starting' | 'content' | 'stall' | 'ad' | 'gap' | 'paused' | 'buffering' | 'completed';

export interface Span {
  from: number;
  to: number;
  ms: number;
  fromEvent: number;
  toEvent: number;
  countsAs: CountsAs;
  ad?: number;
  chapter?: number;
  bitrate?: number;
  watched?: { from: number; to: number };
}

export interface Part {
  from?: number;
  to?: number;
  ms?: number;
  fromEvent?: number;
  toEvent?: number;
  countsAs?: string;
  ad?: number;
  bitrate?: number;
  fromPlayhead?: number;
  toPlayhead?: number;
  us?: number;
}

export interface Metric {
  name: string;
  title: string;
  unit: string;
  rule: string;
  reported: Value;
  ad?: number;
  chapter?: number;
  state?: string;
  parts: Part[];
  events: number[];
  because: string;
}

export interface Explanation {
  sid: string;
  state: 'open' | 'closed';
  provisional: boolean;
  started: number;
  ended: number;
  closing: {
    reason: string;
    clientTime: number;
    event: number | null;
    serverTime: number | null;
    closes: string[];
  } | null;
  events: Call[];
  spans: Span[];
  metrics: Metric[];
}

export interface Counts {
  received: number;
  refused: Record<string, number>;
  acknowledged: number;
  settled: Record<string, number>;
  held: number;
  rules: Record<string, number>;
}

export interface PlayerCounts extends Counts {
  suite: string;
  player: string;
  sdkVersion: string;
}

export interface Sample {
  at: number;
  suite: string;
  player: string;
  sdkVersion: string;
  outcome: string;
  message: string;
  body: string;
  bodyBytes: number;
}

export interface Outcomes {
  total: Counts;
  byPlayer: PlayerCounts[];
  refusedSamples: Sample[];
}
