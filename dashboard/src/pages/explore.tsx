/** Any report that the API can give, put together by hand. */

import type { Answer } from '../api/report';
import { exploration, exploreFields } from '../panels/explore/ask';
import { Builder, titleOf } from '../panels/explore/builder';
import { Bars, OverTime, Rows, RowsOverTime } from '../panels/explore/result';
import { Figures } from '../panels/report/figures';
import { useMore } from '../panels/report/more';
import { isNothing } from '../panels/report/overview';
import { useApp } from '../state/app';
import { useReport, useReports } from '../state/reports';
import { rowsGrid, seriesGrid } from '../ui/grid';
import { Panel } from '../ui/panel';
import { AsOf, ReportPage } from '../ui/report-page';

export function Explore() {
  return <ReportPage head={<h1>Explore</h1>}><Exploring /></ReportPage>;
}

function Exploring() {
  const { address } = useApp();
  const { catalog, granularity } = useReports();
  const it = exploration(address);
  const report = useReport(exploreFields(it, address.sort, granularity));
  const { rows, ...loading } = useMore(report.data);
  const hasRows = it.report === 'table' && it.dimensions.length > 0;
  const isRows = hasRows && it.as === 'table';
  const isOverTime = (it.report === 'table' && !hasRows) || it.report === 'concurrency' || it.report === 'timeSpent';
  const kind = catalog.reports.find(({ name }) => name === it.report);
  const title = it.report === 'table' ? (isRows ? 'Result' : 'Over time') : (kind?.title ?? it.report);
  const grid = (answer: Answer) => (isOverTime ? seriesGrid(answer) : rowsGrid({ ...answer, rows }));
  return (
    <>
      <Builder it={it} />
      {isOverTime && it.report === 'table' && report.data && <Figures answer={report.data} />}
      <Panel
        key={it.report}
        title={title}
        about={kind && `Rule ${kind.rule}`}
        report={report}
        isTable={isRows}
        class={isRows ? 'flush' : ''}
        grid={grid}
        isEmpty={(answer) => (isOverTime ? (it.report === 'table' ? isNothing(answer) : !answer.totalSeries?.some((values) => values.some(Boolean))) : answer.rows.length === 0)}
        note={hasRows && !isRows ? `${titleOf(catalog, it.metrics[0]!)}, of the rows with most of it` : undefined}
      >
        {(answer) => isRows ? <Rows answer={answer} rows={rows} {...loading} />
          : hasRows ? <RowsOverTime answer={answer} />
          : isOverTime ? <OverTime answer={answer} />
          : <Bars answer={answer} />}
      </Panel>
      <AsOf report={report} />
    </>
  );
}
