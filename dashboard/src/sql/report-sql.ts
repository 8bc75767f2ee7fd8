/** A report as a statement for `POST /v1/sql` that gives the same numbers, or why there is none. */

import type { Catalog } from '../api/catalog';
import type { ReportRequest } from '../api/report';
import type { SearchRequest } from '../state/search';
import { NoSql } from './names';
import { concurrencySql, histogramSql, retentionSql, segmentsSql, timeSpentSql } from './panels';
import { listSql, tableSql } from './table';

export interface ReportSql {
  sql?: string;
  /** What differs, or why there is no statement. */
  notes: string[];
}

/** `request` as the console understood it: its range has to be known. */
export function reportSql(catalog: Catalog, request: ReportRequest): ReportSql {
  const notes: string[] = [];
  try {
    const sql = written(catalog, request, notes);
    if (request.includeOpen) notes.push('Sessions that are open go on: a statement sees them as they are when it runs.');
    return { sql, notes };
  } catch (error) {
    if (error instanceof NoSql) return { notes: [error.message] };
    throw error;
  }
}

/** The same for a search of sessions: a row for each. */
export function searchSql(catalog: Catalog, request: SearchRequest & { from?: number; to?: number }): ReportSql {
  try {
    return { sql: listSql(catalog, request), notes: request.open === 'exclude' ? [] : ['Sessions that are open go on: a statement sees them as they are when it runs.'] };
  } catch (error) {
    if (error instanceof NoSql) return { notes: [error.message] };
    throw error;
  }
}

function written(catalog: Catalog, request: ReportRequest, notes: string[]): string {
  switch (request.report ?? 'table') {
    case 'table': {
      const { sql, leavesOpenOut } = tableSql(catalog, request);
      if (leavesOpenOut) notes.push('Ads, chapters and states of open sessions stand in no table: the statement counts those of closed ones.');
      if (request.granularity) notes.push('Units of time without a session have no row.');
      return sql;
    }
    case 'concurrency':
      notes.push('Steps without a session have no row.');
      return concurrencySql(catalog, request);
    case 'timeSpent':
      notes.push('Steps without a session have no row.');
      return timeSpentSql(catalog, request);
    case 'retention':
      notes.push('What was watched for the first time and what again is not told apart: that goes by the order of the stretches of each session, for which SQL has no short form.');
      return retentionSql(catalog, request);
    case 'segments':
      return segmentsSql(catalog, request);
    case 'histogram':
      notes.push('Bins without a session have no row.');
      return histogramSql(catalog, request);
    default:
      throw new NoSql('Tenths go by the length of each content, for which SQL has no short form: take the request.');
  }
}
