/** How many watch at the same time, and when most did. */

import type { Answer, Filter } from '../../api/report';
import { unitText } from '../../charts/ticks';
import { useReport } from '../../state/reports';
import { count } from '../../ui/format';
import { seriesGrid } from '../../ui/grid';
import { Panel } from '../../ui/panel';
import { TimeChart } from '../report/time-chart';

export function Together({ filters = [] }: { filters?: Filter[] }) {
  const report = useReport({ report: 'concurrency', filters });
  return (
    <Panel
      title="At the same time"
      about="Viewers and sessions whose span meets the second or minute, paused and waiting ones too (R9.1)"
      note={report.data && most(report.data)}
      report={report}
      grid={seriesGrid}
      isEmpty={({ totalSeries }) => !totalSeries?.some((values) => values.some(Boolean))}
    >
      {(answer) => <TimeChart answer={answer} metrics={[0, 1]} />}
    </Panel>
  );
}

/** The earliest step with most viewers. */
function most({ summary, buckets = [], to, zone }: Answer): string | undefined {
  const { maximum = 0, maximumAt = 0 } = summary?.viewers ?? {};
  const end = (buckets ?? []).find((at) => at > maximumAt) ?? to;
  return maximum > 0 ? `Most viewers at once: ${count(maximum)}, ${unitText(maximumAt, end - maximumAt, zone)}.` : undefined;
}
