/** One title: how much it is watched, how far, where people leave, and how well it plays. */

import { useMemo } from 'preact/hooks';
import type { Answer, Filter } from '../api/report';
import { timeTicks } from '../charts/axis';
import { Plot } from '../charts/plot';
import type { Mark } from '../charts/plot-data';
import { adMarks, breakAt, chapterMarks, curve, losses } from '../panels/content/retention';
import { Played } from '../panels/content/played';
import { Together } from '../panels/content/together';
import { Overview } from '../panels/report/overview';
import { toPage, withCondition } from '../state/address';
import { useApp } from '../state/app';
import { useReport, useReports, type Report } from '../state/reports';
import { Bar } from '../ui/bar';
import { count, duration, fine, NOTHING, position, share, short } from '../ui/format';
import { rowsGrid, type Grid } from '../ui/grid';
import { Link } from '../ui/link';
import { Panel } from '../ui/panel';
import { ReportPage } from '../ui/report-page';
import { AUDIENCE } from './content';

/** Content shorter than this is looked at by the second, s. */
const SHORT = 600;
const LIVE_LENGTH = 86_400;

export function TitlePage({ id }: { id: string }) {
  const { address } = useApp();
  return (
    <ReportPage head={<p><Link to={toPage(address, '/content')}>← Content</Link></p>}>
      <Whole key={id} id={id} />
    </ReportPage>
  );
}

function Whole({ id }: { id: string }) {
  const filters = useMemo((): Filter[] => [{ dimension: 'name', value: id }], [id]);
  const about = useReport({ metrics: ['sessions'], dimensions: ['friendlyName', 'length', 'isLive', 'channel', 'show'], filters, limit: 20 });
  const [name, length, live, channel, show] = about.data?.rows[0]?.key ?? [];
  const isLive = live === 'true' || live === 'yes' || live === '1' || Number(length) >= LIVE_LENGTH;
  const { address } = useApp();
  return (
    <>
      <div class="head">
        <h1><bdi>{short(name || id, 200)}</bdi></h1>
        <p class="quiet break">
          <code><bdi>{short(id, 120)}</bdi></code>
          {show && <> · <bdi>{short(show, 60)}</bdi></>}
          {channel && <> · <bdi>{short(channel, 60)}</bdi></>}
          {isLive ? ' · live' : Number(length) > 0 && ` · ${duration(Number(length))} long`}
          {' · '}<Link to={withCondition(toPage(address, '/sessions'), { name: 'name', way: 'is', value: id })}>its sessions</Link>
        </p>
      </div>
      <Overview metrics={AUDIENCE} filters={filters} />
      {about.data && <Retention filters={filters} isLive={isLive} length={Number(length) || 0} />}
      <Funnel filters={filters} />
      <Together filters={filters} />
      <Played filters={filters} />
    </>
  );
}

interface RetentionProps {
  filters: Filter[];
  isLive: boolean;
  length: number;
}

function Retention({ filters, isLive, length }: RetentionProps) {
  const report = useReport({ report: 'retention', granularity: !isLive && length > 0 && length <= SHORT ? 'second' : 'minute', filters });
  const ads = useReport(isLive ? null : { metrics: ['ad.isStarted'], dimensions: ['ad.podSecond', 'ad.podFriendlyName'], filters, limit: 12 });
  const chapters = useReport(isLive ? null : { metrics: ['chapter.isStarted'], dimensions: ['chapter.friendlyName', 'chapter.offset', 'chapter.length'], filters, limit: 40 });
  const breaks = useMemo(() => adMarks(ads.data), [ads.data]);
  const parts = useMemo(() => chapterMarks(chapters.data), [chapters.data]);
  const place = (at: number) => (isLive ? position(at).padStart(8, '0') : position(at));
  return (
    <div class="split wide">
      <Panel
        title={isLive ? 'Watched by time of day' : 'Watched by place in the content'}
        about="Content time of each place over its length: how many watched it, again as often as they did (R9.3)"
        note={breaks.length + parts.length > 0 && <Marked breaks={breaks.length} parts={parts.length} />}
        report={report}
        isEmpty={(answer) => answer.rows.length === 0}
        empty="Nothing of it was watched in this range."
        grid={(answer) => retentionGrid(answer, place)}
      >
        {(answer) => <CurveChart answer={answer} marks={[...parts.filter((_, index) => index % 2 === 0), ...breaks]} place={place} all={[...parts, ...breaks]} />}
      </Panel>
      <Leaving report={report} place={place} breaks={breaks} />
    </div>
  );
}

function Marked({ breaks, parts }: { breaks: number; parts: number }) {
  return (
    <>
      {breaks > 0 && <span class="key"><span class="swatch line" style={{ '--tone': 'var(--tone-ad)' }} aria-hidden="true" /> ad breaks ({count(breaks)})</span>}{' '}
      {parts > 0 && <span class="key"><span class="swatch area" style={{ '--tone': 'var(--tone-chapter)' }} aria-hidden="true" /> chapters ({count(parts)})</span>}
    </>
  );
}

function CurveChart({ answer, marks, all, place }: { answer: Answer; marks: ReturnType<typeof adMarks>; all: ReturnType<typeof adMarks>; place: (at: number) => string }) {
  const { x, step, first, again } = useMemo(() => curve(answer), [answer]);
  const lines = useMemo(() => {
    const format = (value: number | null) => (value === null ? NOTHING : fine(Math.round(value * 10) / 10));
    return [
      { title: 'First watch', values: first, tone: 'series-1', style: 'area' as const, format },
      { title: 'Watched again', values: again, tone: 'series-3', style: 'area' as const, format },
    ];
  }, [first, again]);
  const key = JSON.stringify(marks);
  const stable = useMemo(() => marks, [key]);
  const told = (at: number) => all.filter((mark) => (mark.to === undefined ? Math.abs(mark.at - at) <= step : mark.at <= at && at < mark.to)).map(({ title }) => short(title, 40));
  return (
    <Plot
      label="Views by place in the content"
      x={x}
      lines={lines}
      marks={stable}
      ticks={(from, to, most) => timeTicks(Math.max(0, from), to, most).map((at) => ({ at, text: place(at) }))}
      describe={(index) => [`Views of ${place(x[index]!)}–${place(x[index]! + step)}`, ...told(x[index]!)].join(' · ')}
      axis={(value) => count(value)}
      steps={[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000]}
    />
  );
}

function retentionGrid(answer: Answer, place: (at: number) => string): Grid {
  const step = answer.request.granularity === 'second' ? 1 : 60;
  const grid = rowsGrid(answer);
  return { ...grid, rows: grid.rows.map(([key, ...values]) => [place(Number(key) * step), ...values]) };
}

/** The places after which most go away. */
function Leaving({ report, place, breaks }: { report: Report; place: (at: number) => string; breaks: Mark[] }) {
  const found = (answer: Answer) => losses(curve(answer), 8);
  return (
    <Panel
      title="Where people leave"
      about="Sessions that watched one place and not the next: they left, or jumped over it"
      report={report}
      isTable
      isEmpty={(answer) => found(answer).length === 0}
      empty="Nobody left before the end of what was watched."
      grid={(answer) => ({
        columns: [{ title: 'After', unit: 'text' }, { title: 'Sessions lost', unit: 'count' }, { title: 'Share', unit: 'share' }, { title: 'Ad break', unit: 'text' }],
        rows: losses(curve(answer), Infinity).map((loss) => [place(loss.to), loss.sessions, loss.share, breakAt(loss, breaks)?.title ?? null]),
      })}
    >
      {(answer) => {
        const most = found(answer)[0]?.sessions ?? 0;
        return (
          <ol class="bars">
            {found(answer).map((loss) => (
              <li key={loss.from}>
                <span>{place(loss.to)}{breakAt(loss, breaks) && <span class="quiet"> · ad break</span>}</span>
                <Bar value={loss.sessions} most={most} text={`${count(loss.sessions)} · ${share(loss.share, 1)}`} />
              </li>
            ))}
          </ol>
        );
      }}
    </Panel>
  );
}

const STEPS = ['sessions', 'isPlayed', 'hasProgress10', 'hasProgress25', 'hasProgress50', 'hasProgress75', 'hasProgress95', 'isCompleted'];

/** How far they came. */
function Funnel({ filters }: { filters: Filter[] }) {
  const { catalog } = useReports();
  const report = useReport({ metrics: STEPS, filters });
  const about = (name: string) => catalog.metrics.find((metric) => metric.name === name)?.rule;
  return (
    <Panel
      title="How far they came"
      report={report}
      isTable
      isEmpty={(answer) => !answer.totals[0]}
      grid={(answer) => ({
        columns: [{ title: 'Step', unit: 'text' }, { title: 'Sessions', unit: 'count' }],
        rows: answer.headings.map(({ title }, place) => [title, answer.totals[place] ?? null]),
      })}
    >
      {(answer) => (
        <ol class="bars funnel">
          {answer.headings.map(({ name, title }, place) => {
            const value = answer.totals[place] ?? 0;
            return (
              <li key={name} title={`Rule ${about(name) ?? ''}`}>
                <span>{title}</span>
                <Bar value={value} most={answer.totals[0] ?? 0} text={`${count(value)} · ${share(value, answer.totals[0] ?? 0)}`} />
              </li>
            );
          })}
        </ol>
      )}
    </Panel>
  );
}
