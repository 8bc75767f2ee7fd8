/** Written from /openapi.json of the console: see docs/dashboard.md, Working on it. */

export type AdRow = {
  advertiser?: string;
  campaignID?: string;
  creativeID?: string;
  creativeURL?: string;
  customMetadata: Record<string, string>;
  friendlyName?: string;
  id?: string;
  isCompleted: boolean;
  isStarted: boolean;
  length?: number;
  placementID?: string;
  playerName?: string;
  podFriendlyName?: string;
  podID: string;
  podIndex: number;
  podPosition?: number;
  podSecond?: number;
  siteID?: string;
  timePlayed: number;
};

/** Whose clock. */
export type AxisClock = "client" | "server";

/** Whether bots are counted. */
export type Bots = "include" | "exclude" | "only";

export type Catalog = {
  calculatedMetrics: {
    formula: string;
    name: string;
    /** Absent for those of the settings. */
    rule?: string;
    title: string;
    unit: string;
  }[];
  definitionVersion: number;
  dimensions: {
    /** Whether a session may have several values. */
    list: boolean;
    /** Whether `GET /v1/live` takes it. */
    live: boolean;
    name: string;
    scope: Scope;
    title: string;
  }[];
  granularities: Granularity[];
  metrics: {
    aggregate: "count" | "sum" | "mean";
    name: string;
    rule: string;
    scope: Scope;
    title: string;
    unit: string;
  }[];
  reports: {
    name: ReportKind;
    rule: string;
    title: string;
  }[];
  segments: {
    filters: Filter[];
    name: string;
    title: string;
  }[];
  statistics: string[];
};

/** A number, or an empty cell where there is nothing to divide by or nothing to look at. */
export type Cell = number | null;

export type ChapterRow = {
  customMetadata: Record<string, string>;
  friendlyName?: string;
  id: string;
  index?: number;
  isCompleted: boolean;
  isStarted: boolean;
  length?: number;
  offset?: number;
  timePlayed: number;
};

/** Rows against the total. */
export type Check = {
  equal: boolean;
  metric: string;
  rows: Cell;
  total: Cell;
};

export type ClockAnswer = {
  now_ms: Count;
};

export type ClockRequest = {
  to_ms: Count;
};

/** What a report is compared with. */
export type Compare = {
  period: Period;
} | {
  segment: string;
};

/** What a report was compared with. */
export type Compared = {
  buckets?: number[];
  from: number;
  /** The request that gives the other numbers. */
  request: ReportRequest;
  to: number;
  totalSeries?: Cell[][];
  totals: Cell[];
};

export type Count = number;

export type CountsAs = "starting" | "content" | "stall" | "ad" | "gap" | "paused" | "buffering" | "completed";

export type Direction = "descending" | "ascending";

/** What is wrong, in words. */
export type Error = {
  /** The part of the request that is wrong. */
  field?: string;
  /** The limit that strikes. */
  limit?: string;
  message: string;
};

export type Event = {
  after: null | {
    context: "main" | "break" | "ad";
    inChapter: boolean;
    player: string;
    playhead: number;
  };
  appliedTime: number | null;
  clientTime: Instant;
  effect: string[];
  /** Its place by arrival. */
  number: number;
  order: number | null;
  outcome: "accepted" | "late" | "ignored" | "duplicate" | "after_close" | "held";
  outcomeIfClosedNow?: "accepted" | "late" | "ignored" | "duplicate" | "after_close";
  /** Seconds. */
  playhead: number;
  position: number;
  rule: string;
  serverTime: Instant;
  type: string;
  why: string;
};

export type ExplainedMetric = {
  ad?: number;
  because: string;
  chapter?: number;
  events: number[];
  exact?: {
    bitrateMs?: string;
    ms?: number;
    us?: number;
  };
  name: string;
  parts: MetricPart[];
  reported: number | string | boolean | null;
  rule: string;
  state?: string;
  title: string;
  unit: string;
};

export type Explanation = {
  closing: null | {
    clientTime: Instant;
    closes: string[];
    event: number | null;
    reason: string;
    serverTime: number | null;
  };
  ended: Instant;
  events: Event[];
  metrics: ExplainedMetric[];
  provisional: boolean;
  sid: string;
  spans: Span[];
  started: Instant;
  state: "open" | "closed";
};

export type Extreme = {
  maximum: number;
  maximumAt: number;
  minimum: number;
  minimumAt: number;
};

/** A condition on a dimension, or on a metric of a session. */
export type Filter = {
  dimension?: string | null;
  metric?: string | null;
  /** Takes all that does not meet the condition. */
  not?: boolean;
  op?: Operation;
  /** Whether it decides about sessions, or about visitors with all their sessions. */
  scope?: FilterScope;
  /** A text, a number, `null`, or a list of them for `in`. */
  value?: unknown;
};

/** What a condition decides about. */
export type FilterScope = "session" | "visitor";

/** One session. */
export type FoundSession = {
  /** Its last event. */
  end: number;
  /** A value of each dimension. */
  key: FoundValue[];
  /** Whether it is still open, so that what is told may change. */
  provisional: boolean;
  sid: string;
  /** Its first event by the clock of the request, ms since the epoch. */
  start: number;
  /** A number of each metric. */
  values: Cell[];
};

/** The value of a dimension, a list where a session may have several, or `null`. */
export type FoundValue = string | string[] | null;

/** A unit of time on the clock of the zone. */
export type Granularity = "second" | "minute" | "5minutes" | "15minutes" | "30minutes" | "hour" | "day" | "month" | "quarter" | "year" | "week";

/** A condition on a number of a row. */
export type Having = {
  /** One of the metrics of the request, as it is written there. */
  metric: string;
  op: Operation;
  value: number;
};

/** A column of the answer. */
export type Heading = {
  kind: HeadingKind;
  name: string;
  title: string;
  unit: string;
};

export type HeadingKind = "dimension" | "metric";

/** Milliseconds since 1970-01-01 UTC. */
export type Instant = number;

export type ListedSession = {
  ads: AdRow[];
  chapters: ChapterRow[];
  lastAt: Instant;
  provisional: boolean;
  session: SessionRow;
  sid: string;
  startedAt: Instant;
  state: "open" | "closed";
  states: Record<string, StateRow>;
};

export type LiveCounts = {
  active: number;
  buffering: number;
  bufferingShare: number | null;
  completed: number;
  contentStarts: number;
  inBreaks: number;
  paused: number;
  playbackFailures: number;
  playing: number;
  rebuffering: number;
  startFailures: number;
  starting: number;
  starts: number;
  viewers: number;
};

/** A value for each second from `from` on. */
export type LiveCurve = {
  active: (number | null)[];
  activeViewers: (number | null)[];
  buffering: (number | null)[];
  contentStarts: number[];
  from: Instant;
  playbackFailures: number[];
  provisionalFrom: Instant;
  sessions: number[];
  startFailures: number[];
  starts: number[];
  viewers: number[];
};

export type LiveFrame = {
  at: Instant;
  complete: boolean;
  curve: null | LiveCurve;
  groupCount?: number;
  /** By the first dimension. */
  groups?: LiveGroup[];
  /** By the other dimensions. */
  splits?: {
    by: string;
    groupCount: number;
    groups: LiveGroup[];
  }[];
  totals: LiveCounts;
};

export type LiveGroup = {
  active: number;
  /** True in the group of those whose values there was no room for. */
  beyond?: boolean;
  buffering: number;
  bufferingShare: number | null;
  completed: number;
  contentStarts: number;
  inBreaks: number;
  paused: number;
  playbackFailures: number;
  playing: number;
  rebuffering: number;
  startFailures: number;
  starting: number;
  starts: number;
  value: string | null;
  viewers: number;
};

export type LoginRequest = {
  token: string;
};

export type LogoutRequest = Record<string, unknown>;

export type MetricPart = {
  ad?: number;
  bitrate?: number;
  countsAs?: CountsAs;
  from: Instant;
  fromEvent: number | null;
  ms: number;
  to: Instant;
  toEvent: number | null;
} | {
  fromPlayhead: number;
  toPlayhead: number;
  us: number;
};

/** A metric that is asked for. */
export type MetricRequest = string | {
  formula: string;
  name: string;
};

/** Whether open sessions are looked for. */
export type Open = "include" | "exclude" | "only";

/** How a value is compared. */
export type Operation = "=" | "in" | "contains" | "startsWith" | "regex" | "null" | "<" | "<=" | ">" | ">=";

/** The order of rows. */
export type Order = {
  /** A metric or a dimension of the request, as it is written there; of two with the same name the metric. */
  by: string;
  direction?: Direction;
};

export type OutcomeCounts = {
  acknowledged: Count;
  held: Count;
  received: Count;
  refused: Refusals;
  rules: Record<string, Count>;
  settled: Settlements;
};

export type Outcomes = {
  byPlayer: PlayerOutcomes[];
  refusedSamples: RefusedSample[];
  total: OutcomeCounts;
};

export type Period = "previous" | "lastWeek" | "lastYear";

export type PlayerOutcomes = {
  acknowledged: Count;
  held: Count;
  player: string;
  received: Count;
  refused: Refusals;
  rules: Record<string, Count>;
  sdkVersion: string;
  settled: Settlements;
  suite: string;
};

/** From an instant up to, not including, another. */
export type Range = {
  /** Milliseconds since the epoch, or a date or date and time (`2026-03-02`, `2026-03-02T18:00`, with an offset or `Z`, else in the zone of the report). */
  from?: WrittenInstant | null;
  /** A length of time instead of `from`: `15m`, `24h`, `30d`. */
  last?: string | null;
  /** The same; now if absent. */
  to?: WrittenInstant | null;
};

export type Readiness = {
  /** While the server starts. */
  message?: string;
  ready: boolean;
  reasons: string[];
  warnings: string[];
};

export type Refusals = {
  after_close: Count;
  invalid: Count;
  not_allowed: Count;
  rate_limited: Count;
  too_large: Count;
  unavailable: Count;
  unknown_session: Count;
};

export type RefusedSample = {
  at: Instant;
  body: string;
  bodyBytes: Count;
  message: string;
  outcome: string;
  player: string;
  sdkVersion: string;
  suite: string;
};

/** The answer to a report. */
export type ReportAnswer = {
  /** What was read. As `asOf` of a request it gives the same closed sessions again. */
  asOf: string;
  bots: Bots;
  /** Starts of the units of time that `series` follow, ms since the epoch. */
  buckets?: number[];
  /** Whether rows add up to totals, for each metric that can be added. */
  checks?: Check[];
  clock: AxisClock;
  compared?: Compared | null;
  /** Version of the definitions of metrics that the numbers follow. */
  definitionVersion: number;
  /** All rows that are not answered, as one. */
  everythingElse?: Cell[] | null;
  /** Milliseconds since the epoch. */
  from: number;
  headings: Heading[];
  /** `cursor` of the request for the rows that follow. */
  next?: string | null;
  /** What has to be known to read the numbers: which are estimates and how good they are. */
  notes?: string[];
  /** Whether sessions are counted that are still open, so that numbers may change. */
  provisional: boolean;
  /** The request as it was understood: asked again, it gives this answer. */
  request: ReportRequest;
  /** How many rows there are without a limit. */
  rowCount: number;
  rows: ReportRow[];
  /** Whether a session may count in several rows, so that rows do not add up. */
  rowsOverlap: boolean;
  summary?: Summary | null;
  to: number;
  /** Each metric over everything, by unit of time; the numbers of panels over time. */
  totalSeries?: Cell[][];
  /** Each metric over everything that was selected. */
  totals: Cell[];
  zone: string;
};

/** What a report computes. */
export type ReportKind = "table" | "concurrency" | "timeSpent" | "retention" | "segments" | "tenths" | "histogram";

/** A report: one question about the sessions of a suite. */
export type ReportRequest = {
  /** The token of an earlier answer, to read what it read. */
  asOf?: string | null;
  /** Whether sessions of bots take part. */
  bots?: Bots;
  /** Whose clock the range and the time axis follow. */
  clock?: AxisClock;
  /** What the numbers are compared with. */
  compare?: Compare | null;
  /** `next` of an earlier answer to the same request. */
  cursor?: string | null;
  /** Dimensions, the first broken down by the second and so on. */
  dimensions?: string[];
  /** The lower edges of a histogram, in the metric's unit. */
  edges?: number[];
  /** Whether rows beyond the limit are answered as one, so that rows add up to the total. */
  everythingElse?: boolean;
  /** Conditions that all have to be met. */
  filters?: Filter[];
  /** A value per unit of time beside each total, or the step of a panel over time. */
  granularity?: Granularity | null;
  /** Conditions on the numbers of a row of the answer. */
  having?: Having[];
  /** Whether sessions that are still open take part, with what they have so far. */
  includeOpen?: boolean;
  /** How many rows are wanted. */
  limit?: number | null;
  /** Metrics by name, `statistic(name)`, or formulas with a name of their own. */
  metrics?: MetricRequest[];
  /** Order of the rows; by the first metric, largest first, if absent. */
  order?: Order | null;
  /** Which time is looked at. */
  range?: Range;
  /** What is computed: a table of metrics by dimensions, or one of the panels of metrics R9. */
  report?: ReportKind;
  /** A segment, ready-made or of the configuration. */
  segment?: string | null;
  /** The report suite. */
  suite: string;
  /** The IANA time zone of the time axis and of dates without one; that of the suite if absent. */
  zone?: string | null;
};

/** One row: a value of each dimension, a number of each metric. */
export type ReportRow = {
  /** With a comparison: the other numbers. */
  compared?: Cell[];
  /** `null` where a session has no value. */
  key: (string | null)[];
  /** With a granularity: the numbers of each metric by unit of time. */
  series?: Cell[][];
  values: Cell[];
};

export type Scope = "session" | "ad" | "chapter" | "state";

/** The sessions that a search has found. */
export type SearchAnswer = {
  /** What was read. As `asOf` of a request it gives the same closed sessions again. */
  asOf: string;
  /** Milliseconds since the epoch. */
  from: number;
  /** What `key` and `values` hold: dimensions, then metrics. */
  headings: Heading[];
  /** `cursor` of the request for the sessions that follow. */
  next?: string | null;
  /** The request as it was understood. */
  request: SearchRequest;
  sessions: FoundSession[];
  to: number;
  zone: string;
};

/** A search for the sessions that a report with the same conditions counts. */
export type SearchRequest = {
  /** The token of an earlier answer, to find closed sessions of then. */
  asOf?: string | null;
  /** Whether sessions of bots are looked for. */
  bots?: Bots;
  /** Whose clock the range and the starts follow. */
  clock?: AxisClock;
  /** `next` of an earlier answer to the same request. */
  cursor?: string | null;
  /** Dimensions of the session that are told of each. */
  dimensions?: string[];
  /** Conditions that all have to be met. */
  filters?: Filter[];
  /** How many sessions are wanted. */
  limit?: number | null;
  /** Metrics that are told of each, as in reports: the numbers of a report over that session alone, `null` where it has no value. */
  metrics?: MetricRequest[];
  /** Whether sessions that are still open are looked for, with what they have so far. */
  open?: Open;
  /** By `start` or a metric of the session; the newest start first if absent. */
  order?: Order | null;
  /** Sessions with their last event in it. */
  range?: Range;
  /** A segment, ready-made or of the configuration. */
  segment?: string | null;
  /** The report suite. */
  suite: string;
  /** The IANA time zone of parts of time and of dates without one; that of the suite if absent. */
  zone?: string | null;
};

export type Server = {
  asksForToken: boolean;
  clock: "system" | "manual";
  /** Where players send to, as a URL. */
  door: string;
  now: Instant;
  received: Count;
  suites: {
    id: string;
    timeZone: string;
  }[];
  /** Of suites without one of their own. */
  timeZone: string;
  version: string;
};

export type Session = {
  ads: AdRow[];
  chapters: ChapterRow[];
  /** Whether the numbers may still change. */
  provisional: boolean;
  session: SessionRow;
  sid: string;
  state: "open" | "closed";
  states: Record<string, StateRow>;
};

export type SessionEvents = {
  events: Event[];
  sid: string;
};

export type SessionPage = {
  /** `cursor` of the next page. */
  next: string | null;
  sessions: ListedSession[];
};

export type SessionRow = {
  ID: string;
  adCount: number;
  adLoad?: string;
  album?: string;
  api?: string;
  appVersion?: string;
  artist?: string;
  assetID?: string;
  author?: string;
  authorized: boolean;
  averageMinuteAudience: number | null;
  bitrateAverage: number | null;
  bitrateAverageBucket: string | null;
  bitrateChangeCount: number;
  browser?: string;
  bufferCount: number;
  bufferTime: number;
  channel?: string;
  chapterCount: number;
  clockOffset: number | null;
  closeReason: string | null;
  contentType?: string;
  country?: string;
  customMetadata: Record<string, string>;
  dayPart?: string;
  device?: string;
  droppedFrames: number | null;
  endTs: number;
  episode?: string;
  errorCount: number;
  estimatedStreams: number;
  externalErrors: string[];
  feed?: string;
  firstAirDate?: string;
  firstDigitalDate?: string;
  framesPerSecond: number | null;
  friendlyName?: string;
  genre?: string;
  genreList?: string[];
  hasBitrateChangeImpactedStreams: boolean;
  hasBufferImpactedStreams: boolean;
  hasDroppedFrameImpactedStreams: boolean;
  hasErrorImpactedStreams: boolean;
  hasPauseImpactedStreams: boolean;
  hasProgress10: boolean;
  hasProgress25: boolean;
  hasProgress50: boolean;
  hasProgress75: boolean;
  hasProgress95: boolean;
  hasResume: boolean;
  hasSegmentView: boolean;
  hasStallImpactedStreams: boolean;
  isBot: boolean;
  isCompleted: boolean;
  isDownloaded?: boolean;
  isDroppedBeforeStart: boolean;
  isExitBeforeStart: boolean;
  isFederated: boolean;
  isLimited?: boolean;
  isPlaybackFailure: boolean;
  isPlayed: boolean;
  isStartFailure: boolean;
  isViewed: boolean;
  label?: string;
  length?: number;
  libraryVersion?: string;
  mediaPath?: string;
  mvpd?: string;
  name?: string;
  network?: string;
  networkName?: string;
  originator?: string;
  passAuth?: string;
  pauseCount: number;
  pauseTime: number;
  playerName?: string;
  playerSdkErrors: string[];
  publisher?: string;
  rating?: string;
  rebufferCount: number;
  rebufferTime: number;
  region?: string;
  reportSuite: string;
  season?: string;
  secondsSinceLastCall: number;
  segment: string | null;
  show?: string;
  showType?: string;
  stallCount: number;
  stallTime: number;
  startTs: number;
  station?: string;
  streamFormat?: string;
  streamType?: string;
  system?: string;
  timePlayed: number;
  timeToFirstPlay: number | null;
  timeToStart: number | null;
  totalTimePlayed: number;
  uniqueTimePlayed: number;
  visitor: string;
};

export type Settlements = {
  accepted: Count;
  after_close: Count;
  duplicate: Count;
  ignored: Count;
  late: Count;
};

export type Span = {
  ad?: number;
  bitrate?: number;
  chapter?: number;
  countsAs: CountsAs;
  from: Instant;
  fromEvent: number | null;
  ms: number;
  to: Instant;
  toEvent: number | null;
  watched?: {
    from: number;
    to: number;
  };
};

export type SqlAnswer = {
  columns: {
    name: string;
    type: string;
  }[];
  error?: Error;
  /** Behind the last row; absent if the answer failed. */
  rowCount?: number;
  rows: unknown[][];
};

export type SqlRequest = {
  /** `Accept` decides if absent. */
  format?: "json" | "csv" | "arrow" | "parquet";
  /** One statement that reads. */
  sql: string;
};

export type StateRow = {
  count: number;
  isSet: boolean;
  time: number;
};

/** Of a panel over time: the largest and the smallest value, each with the start of the earliest unit that has it. */
export type Summary = {
  sessions: Extreme;
  viewers: Extreme;
};

/** An instant as it is written. */
export type WrittenInstant = number | string;
