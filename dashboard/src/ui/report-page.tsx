/** The frame of a page of reports: what is looked at, and as of when. */

import type { ComponentChildren } from 'preact';
import { useApp } from '../state/app';
import { ReportsOf, useReports, type Report } from '../state/reports';
import { clockTime } from '../state/zones';
import { BotsSwitch, CompareSwitch, Filters } from './filters';
import { Scope } from './frame';

export function ReportPage({ head, children }: { head: ComponentChildren; children: ComponentChildren }) {
  return (
    <>
      {head}
      <ReportsOf>
        <Scope isOneSuite tools={<><BotsSwitch /><CompareSwitch /></>}><Filters /></Scope>
        {children}
      </ReportsOf>
    </>
  );
}

/** As of when numbers are, and whether they may change. */
export function AsOf({ report }: { report: Report }) {
  const { scope } = useReports();
  const { zone } = useApp();
  const { data, reload, isLoading } = report;
  if (!data || scope.to !== undefined) return null;
  return (
    <p class="asof quiet" role="status">
      As of <span title={`Token ${data.asOf}`}>{clockTime(data.to, zone)}</span>
      {data.provisional && ' · sessions that are still open count with what they have so far'}
      {' · '}
      <button type="button" class="plain" onClick={reload} disabled={isLoading}>{isLoading ? 'asking' : 'ask again'}</button>
    </p>
  );
}
