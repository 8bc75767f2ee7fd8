/** A report as it is asked for and answered: see docs/reports.md. */

export type ReportKind = 'table' | 'concurrency' | 'timeSpent' | 'retention' | 'segments' | 'tenths' | 'histogram';
export type Granularity =
  | 'second' | 'minute' | '5minutes' | '15minutes' | '30minutes' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';
export type Period = 'previous' | 'lastWeek' | 'lastYear';
export type Bots = 'include' | 'exclude' | 'only';
export type MetricRequest = string | { name: string; formula: string };

export interface Filter {
  dimension?: string;
  metric?: string;
  op?: '=' | 'in' | 'contains' | 'startsWith' | 'regex' | 'null' | '<' | '<=' | '>' | '>=';
  value?: string | number | null | (string | number | null)[];
  not?: boolean;
  scope?: 'session' | 'visitor';
}

export interface ReportRequest {
  suite: string;
  report?: ReportKind;
  range: { from?: number | string; to?: number | string; last?: string };
  zone?: string;
  clock?: 'client' | 'server';
  granularity?: Granularity;
  metrics?: MetricRequest[];
  dimensions?: string[];
  segment?: string;
  filters?: Filter[];
  having?: { metric: string; op: Filter['op']; value: number }[];
  order?: { by: string; direction?: 'ascending' | 'descending' };
  limit?: number;
  cursor?: string;
  everythingElse?: boolean;
  compare?: { period: Period } | { segment: string };
  includeOpen?: boolean;
  bots?: Bots;
  asOf?: string;
  edges?: number[];
}

/** A number, or nothing where there is nothing to divide by or nothing to look at. */
export type Cell = number | null;

export interface Heading {
  name: string;
  title: string;
  unit: string;
  kind: 'dimension' | 'metric';
}

export interface Row {
  /** `null` where a session has no value. */
  key: (string | null)[];
  values: Cell[];
  /** By metric, then by unit of time. */
  series?: Cell[][];
  compared?: Cell[];
}

export interface Answer {
  request: ReportRequest;
  asOf: string;
  definitionVersion: number;
  /** Whether sessions are counted that are still open. */
  provisional: boolean;
  zone: string;
  from: number;
  to: number;
  headings: Heading[];
  rows: Row[];
  everythingElse?: Cell[];
  totals: Cell[];
  rowCount: number;
  /** Starts of the units of time, ms. */
  buckets?: number[];
  /** By metric, then by unit of time. */
  totalSeries?: Cell[][];
  compared?: {
    request: ReportRequest;
    from: number;
    to: number;
    totals: Cell[];
    buckets?: number[];
    totalSeries?: Cell[][];
  };
  checks?: { metric: string; rows: Cell; total: Cell; equal: boolean }[];
  rowsOverlap: boolean;
  notes?: string[];
  next?: string;
}
