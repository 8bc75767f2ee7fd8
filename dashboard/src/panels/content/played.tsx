/** How well something plays, beside everything in the same range. */

import { metricAbout } from '../../api/catalog';
import { own } from '../../api/own-metrics';
import type { Filter } from '../../api/report';
import { useReport, useReports } from '../../state/reports';
import { NOTHING } from '../../ui/format';
import { change, isBadWhenUp, number } from '../../ui/number';
import { Panel } from '../../ui/panel';

const METRICS = [
  'median(timeToStart)', 'p95(timeToStart)', 'dropBeforeStartRate', 'bufferDurationRate', 'bitrateAverage', own('stalledRate'), own('errorRate'),
];

export function Played({ filters }: { filters: Filter[] }) {
  const { catalog } = useReports();
  const report = useReport({ metrics: METRICS, filters });
  const everything = useReport({ metrics: METRICS });
  return (
    <Panel
      title="How well it plays"
      report={report}
      isTable
      class="flush"
      grid={(answer) => ({
        columns: [{ title: 'Metric', unit: 'text' }, { title: 'This title', unit: 'number' }, { title: 'Everything', unit: 'number' }],
        rows: answer.headings.map(({ title }, place) => [title, answer.totals[place] ?? null, everything.data?.totals[place] ?? null]),
      })}
    >
      {(answer) => (
        <div class="scroll" tabIndex={0} role="region" aria-label="How well it plays, by metric">
          <table>
            <thead><tr><th scope="col">Metric</th><th scope="col" class="number">This title</th><th scope="col" class="number">Everything</th><th scope="col" class="number">Difference</th></tr></thead>
            <tbody>
              {answer.headings.map(({ name, title, unit }, place) => {
                const [own, all] = [answer.totals[place], everything.data?.totals[place]];
                const differs = change(own, all, unit, name);
                const isWorse = differs && differs.direction !== 'same' && (differs.direction === 'up') === isBadWhenUp(name);
                return (
                  <tr key={name}>
                    <th scope="row" title={metricAbout(catalog, name)}>{title}</th>
                    <td class="number">{number(own, unit, name)}</td>
                    <td class="number quiet">{number(all, unit, name)}</td>
                    <td class="number">
                      {!differs ? NOTHING : differs.direction === 'same' ? 'the same'
                        : <span class={isWorse ? 'worse' : 'better'}>{differs.text} {differs.direction === 'up' ? 'higher' : 'lower'}</span>}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
