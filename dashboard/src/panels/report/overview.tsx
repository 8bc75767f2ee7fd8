/** Totals of what a page is about, and the one that is chosen over time. */

import type { Answer, Filter, MetricRequest } from '../../api/report';
import { withOwn } from '../../state/address';
import { useApp } from '../../state/app';
import { useReport, useReports } from '../../state/reports';
import { seriesGrid } from '../../ui/grid';
import { Panel } from '../../ui/panel';
import { AsOf } from '../../ui/report-page';
import { Loaded } from '../../ui/states';
import { Figures } from './figures';
import { TimeChart } from './time-chart';

export function Overview({ metrics, filters = [] }: { metrics: MetricRequest[]; filters?: Filter[] }) {
  const { address, go } = useApp();
  const { granularity } = useReports();
  const report = useReport({ metrics, granularity, filters, isCompared: true }, 'keep');
  const names = metrics.map((metric) => (typeof metric === 'string' ? metric : metric.name));
  const chosen = Math.max(0, names.indexOf(address.own.chart?.[0] ?? ''));
  const heading = report.data?.headings[chosen];
  return (
    <>
      <Loaded resource={report} what="the totals">
        {(answer) => (
          <Figures answer={answer} chosen={chosen} choose={(place) => go(withOwn(address, { chart: place === 0 ? [] : [names[place]!] }), 'replace')} />
        )}
      </Loaded>
      <Panel
        title={`${heading ? heading.title : 'Numbers'} over time`}
        about="A session counts at the time of its last event"
        report={report}
        grid={seriesGrid}
        isEmpty={isNothing}
      >
        {(answer) => <TimeChart answer={answer} metrics={[chosen]} />}
      </Panel>
      <AsOf report={report} />
    </>
  );
}

/** Whether all numbers are zero or absent, those of the comparison too. */
export const isNothing = (answer: Answer) => answer.totals.every((value) => !value) && !answer.compared?.totals.some(Boolean);
