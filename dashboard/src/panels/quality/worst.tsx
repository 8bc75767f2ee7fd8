/** The groups of sessions that something goes wrong in more often than in all others. */

import { useMemo, useState } from 'preact/hooks';
import type { Answer } from '../../api/report';
import { withCondition, withOwn } from '../../state/address';
import { useApp } from '../../state/app';
import { useReport } from '../../state/reports';
import { Bar } from '../../ui/bar';
import { share, short } from '../../ui/format';
import { Link } from '../../ui/link';
import { number } from '../../ui/number';
import { Panel } from '../../ui/panel';
import { Table, type Column } from '../../ui/table';
import { valueText } from '../../ui/value-text';
import { cohorts, GROUPINGS, TROUBLES, type Cohort } from './cohorts';

/** Groups with less than this part of the whole are too small to say something. */
const LEAST = 0.005;
const SHOWN_MAX = 10;

export function Worst() {
  const { address, go } = useApp();
  const [sort, setSort] = useState('-excess');
  const trouble = TROUBLES.find(({ name }) => name === address.own.trouble?.[0]) ?? TROUBLES[0]!;
  const grouping = GROUPINGS.find(({ dimensions }) => dimensions.join() === address.own.group?.[0]) ?? GROUPINGS[0]!;
  const choose = (chosen: { trouble?: string[]; group?: string[] }) => go(withOwn(address, chosen), 'replace');
  const report = useReport({
    metrics: [{ name: 'part', formula: trouble.part }, { name: 'whole', formula: trouble.whole }],
    dimensions: grouping.dimensions,
    limit: 1_000,
  });
  const found = useMemo(() => (report.data ? worst(report.data) : []), [report.data]);
  const shown = found.slice(0, SHOWN_MAX);
  const most = shown[0]?.excess ?? 0;
  const columns: Column<Cohort>[] = [
    {
      name: 'group',
      title: grouping.title,
      sortBy: ({ key }) => key.join(' '),
      cell: ({ key }) => {
        const to = grouping.dimensions.reduce((to, dimension, at) => {
          const value = key[at];
          return withCondition(to, value ? { name: dimension, way: 'is', value } : { name: dimension, way: 'none', value: '' });
        }, address);
        return <Link to={to} title="Only these"><bdi>{key.map((value, at) => short(value ? valueText(grouping.dimensions[at]!, value) : 'no value', 50)).join(' · ')}</bdi></Link>;
      },
    },
    {
      name: 'excess',
      title: trouble.unit === 's' ? 'Time beyond the rest' : 'Beyond the rest',
      about: 'What would not have gone wrong if this group were like all others',
      isNumber: true,
      sortBy: ({ excess }) => excess,
      cell: ({ excess }) => <Bar value={excess} most={most} text={number(Math.round(excess), trouble.unit)} />,
    },
    { name: 'rate', title: 'Here', isNumber: true, sortBy: ({ rate }) => rate, cell: ({ rate }) => share(rate, 1) },
    { name: 'rest', title: 'In the rest', isNumber: true, sortBy: ({ rest }) => rest, cell: ({ rest }) => share(rest, 1) },
    {
      name: 'whole',
      title: trouble.unit === 's' ? 'Of time' : 'Of sessions',
      isNumber: true,
      isExtra: true,
      sortBy: ({ whole }) => whole,
      cell: ({ whole }) => number(whole, trouble.unit),
    },
  ];
  return (
    <Panel
      title="Worst against the rest"
      about="Groups in which it goes wrong more often than in everything else, by what they cost"
      note={`${trouble.title} = ${trouble.part} / ${trouble.whole.includes(' ') ? `(${trouble.whole})` : trouble.whole}. Groups below ${share(LEAST, 1)} of all are left out.`}
      report={report}
      isTable
      class="flush"
      isEmpty={() => found.length === 0}
      empty="No group is worse than the rest."
      grid={() => ({
        columns: [
          ...grouping.dimensions.map((dimension) => ({ title: dimension, unit: 'text' })),
          { title: 'Excess', unit: trouble.unit }, { title: 'Rate', unit: 'share' }, { title: 'Rate of the rest', unit: 'share' }, { title: 'Whole', unit: trouble.unit },
        ],
        rows: found.map(({ key, excess, rate, rest, whole }) => [...key, excess, rate, rest, whole]),
      })}
      tools={
        <>
          <select aria-label="What goes wrong" value={trouble.name} onChange={(event) => choose({ trouble: [event.currentTarget.value] })}>
            {TROUBLES.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
          </select>
          <select aria-label="Groups by" value={grouping.dimensions.join()} onChange={(event) => choose({ group: [event.currentTarget.value] })}>
            {GROUPINGS.map(({ title, dimensions }) => <option key={title} value={dimensions.join()}>by {title.toLowerCase()}</option>)}
          </select>
        </>
      }
    >
      {() => <Table caption="Groups, the worst first" columns={columns} rows={shown} rowKey={({ key }) => JSON.stringify(key)} sort={sort} onSort={(next) => setSort(next || '-excess')} />}
    </Panel>
  );
}

const worst = (answer: Answer) => cohorts(answer, LEAST * (answer.totals[1] ?? 0));
