/** Who watches: visitors, new and returning, on what, where, and when. */

import { own } from '../api/own-metrics';
import { metricTitle } from '../api/catalog';
import { dayText } from '../charts/ticks';
import { DAYS, heat } from '../panels/audience/heat';
import { newAndReturning } from '../panels/audience/visitors';
import { Breakdown } from '../panels/report/breakdown';
import { Overview } from '../panels/report/overview';
import { withOwn } from '../state/address';
import { useApp } from '../state/app';
import { firstUnit } from '../state/first-unit';
import { useReport, useReports } from '../state/reports';
import { dayName } from '../state/zones';
import { Bar } from '../ui/bar';
import { count, share } from '../ui/format';
import { number } from '../ui/number';
import { Panel } from '../ui/panel';
import { ReportPage } from '../ui/report-page';

const METRICS = ['visitors', 'sessions', own('sessionsPerVisitor'), own('timePerVisitor'), 'averageContentTime'];
const UNKNOWN_PLACE = 'Unknown: the server takes it from a database of addresses, which the setting door.geo_file names.';
const EACH = ['visitors', 'isViewed', 'timePlayed'];

export function Audience() {
  return (
    <ReportPage head={<h1>Audience</h1>}>
      <Overview metrics={METRICS} />
      <NewAndReturning />
      <HeatMap />
      <div class="split">
        <Breakdown title="Devices" dimensions={['device']} metrics={EACH} />
        <Breakdown title="Systems" dimensions={['system']} metrics={EACH} />
        <Breakdown title="Browsers" dimensions={['browser']} metrics={EACH} />
        <Breakdown title="Players" dimensions={['playerName']} metrics={EACH} />
        <Breakdown title="Countries" dimensions={['country']} metrics={EACH} unknown={UNKNOWN_PLACE} />
        <Breakdown title="Regions" dimensions={['region', 'country']} metrics={['visitors', 'timePlayed']} unknown={UNKNOWN_PLACE} />
        <Breakdown title="Access networks" dimensions={['networkName']} metrics={EACH} unknown={UNKNOWN_PLACE} />
      </div>
    </ReportPage>
  );
}

function NewAndReturning() {
  const { scope } = useReports();
  const end = scope.to === undefined ? {} : { to: scope.to };
  const first = useReport({ metrics: ['sessions'], granularity: 'day', range: { from: 0, ...end } });
  const since = first.data && (firstUnit(first.data) ?? scope.from);
  const now = useReport({ metrics: ['visitors'] });
  const before = useReport(since !== undefined && since < scope.from ? { metrics: ['visitors'], range: { from: since, to: scope.from } } : null);
  const upTo = useReport(since !== undefined ? { metrics: ['visitors'], range: { from: Math.min(since, scope.from), ...end } } : null);
  const failed = [first, before, upTo].find(({ error }) => error);
  const isReady = since !== undefined && upTo.data && (since >= scope.from || before.data);
  const report = failed ? { ...now, ...failed } : isReady ? now : { ...now, data: undefined, isLoading: true };
  const parts = (all: number) => newAndReturning(all, before.data?.totals[0] ?? 0, upTo.data?.totals[0] ?? 0);
  return (
    <Panel
      title="New and returning visitors"
      about="New are those who have no session before the range, as far as sessions are kept"
      note={since !== undefined && `New are those without a session before the range. Sessions are kept since ${dayText(since, scope.zone)} ${dayName(since, scope.zone).slice(0, 4)}.`}
      report={report as typeof now}
      isTable
      isEmpty={(answer) => !answer.totals[0]}
      grid={(answer) => {
        const { all, fresh, returning } = parts(answer.totals[0] ?? 0);
        return { columns: [{ title: 'Visitors', unit: 'text' }, { title: 'Number', unit: 'count' }], rows: [['all', all], ['new', fresh], ['returning', returning]] };
      }}
    >
      {(answer) => {
        const { all, fresh, returning } = parts(answer.totals[0] ?? 0);
        return (
          <ol class="bars funnel">
            {([['New', fresh], ['Returning', returning]] as const).map(([title, value]) => (
              <li key={title}>
                <span>{title}</span>
                <Bar value={value} most={all} text={`${count(value)} · ${share(value, all)}`} />
              </li>
            ))}
          </ol>
        );
      }}
    </Panel>
  );
}

const HEATS = ['isViewed', 'visitors', 'timePlayed'];

function HeatMap() {
  const { catalog, scope } = useReports();
  const { address, go } = useApp();
  const metric = HEATS.find((name) => name === address.own.heat?.[0]) ?? HEATS[0]!;
  const report = useReport({ metrics: [metric], dimensions: ['dayOfWeek', 'hourOfDay'], limit: 168 });
  const unit = catalog.metrics.find(({ name }) => name === metric)?.unit ?? '';
  return (
    <Panel
      title="When they watch"
      about="By the start of the session (R9.6)"
      note={`By the start of the session, in ${scope.zone}.`}
      report={report}
      isTable
      isEmpty={(answer) => answer.rows.length === 0}
      grid={(answer) => ({
        columns: [{ title: 'Day', unit: 'text' }, { title: 'Hour', unit: 'text' }, { title: metricTitle(catalog, metric), unit, name: metric }],
        rows: heat(answer).values.flatMap((hours, day) => hours.map((value, hour) => [DAYS[day]!, `${hour}`, value])),
      })}
      tools={
        <select aria-label="Shows" value={metric} onChange={(event) => go(withOwn(address, { heat: [event.currentTarget.value] }), 'replace')}>
          {HEATS.map((name) => <option key={name} value={name}>{metricTitle(catalog, name)}</option>)}
        </select>
      }
    >
      {(answer) => {
        const { values, most } = heat(answer);
        return (
          <div class="scroll" tabIndex={0} role="region" aria-label="Hours of the week">
            <table class="heat">
              <thead><tr><th scope="col"><span class="hidden">Day</span></th>{values[0]!.map((_, hour) => <th key={hour} scope="col">{hour}</th>)}</tr></thead>
              <tbody>
                {values.map((hours, day) => (
                  <tr key={DAYS[day]}>
                    <th scope="row">{DAYS[day]!.slice(0, 3)}</th>
                    {hours.map((value, hour) => {
                      const told = `${DAYS[day]}, ${hour} to ${hour + 1}: ${number(value, unit, metric)}`;
                      return <td key={hour} title={told} style={{ '--heat': `${most > 0 ? Math.round((100 * value) / most) : 0}%` }}><span class="hidden">{number(value, unit, metric)}</span></td>;
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        );
      }}
    </Panel>
  );
}
