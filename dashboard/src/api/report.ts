/** A report as it is asked for and answered: see docs/reports.md. */

export type {
  Bots, Cell, Filter, Granularity, Heading, MetricRequest, Period, ReportAnswer as Answer, ReportKind, ReportRequest, ReportRow as Row,
} from './schema';
