/** Active sessions by the values of a dimension, those with most viewers first. */

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ShowStream } from '../../ui/request';
import type { LiveGroup, LiveSplit } from '../../api/live';
import { toPage, withCondition, withOwn } from '../../state/address';
import { useApp } from '../../state/app';
import type { Following } from '../../state/live';
import { Bar } from '../../ui/bar';
import { count, short } from '../../ui/format';
import type { Grid } from '../../ui/grid';
import { Link } from '../../ui/link';
import { number } from '../../ui/number';
import { DataPanel } from '../../ui/panel';
import { Table, type Column } from '../../ui/table';
import { valueText } from '../../ui/value-text';
import { LIVE_MEASURES } from './history';

interface Props {
  title: string;
  /** Of the first column. */
  head: string;
  split: LiveSplit | undefined;
  live: Following;
  path: string;
  /** Names for people, by value. */
  names?: Map<string, string>;
  tools?: ComponentChildren;
}

export function Split({ title, head, split, live, path, names, tools }: Props) {
  const [sort, setSort] = useState('-viewers');
  return (
    <DataPanel
      title={title}
      resource={{ ...(split ? { data: split } : {}), isLoading: !split, reload: live.again, ...(live.error && !split ? { error: live.error } : {}) }}
      isTable
      class="flush"
      grid={(split) => grid(split, head, names)}
      isEmpty={(split) => split.groups.length === 0}
      empty="Nobody watches right now."
      tools={tools}
      asked={<ShowStream path={path} title={title} />}
    >
      {(split) => (
        <>
          <Groups split={split} title={title} head={head} names={names} sort={sort} onSort={setSort} />
          {split.groupCount > split.groups.length && <div class="foot">The first {count(split.groups.length)} of {count(split.groupCount)}</div>}
        </>
      )}
    </DataPanel>
  );
}

function grid(split: LiveSplit, head: string, names?: Map<string, string>): Grid {
  return {
    columns: [...(names ? [{ title: 'Name', unit: 'text' }] : []), { title: head, unit: 'text' }, ...LIVE_MEASURES.map(({ title, unit, name }) => ({ title, unit, name }))],
    rows: split.groups.map((group) => [...(names ? [names.get(group.value ?? '') ?? null] : []), group.value, ...LIVE_MEASURES.map(({ name }) => group[name])]),
  };
}

const about = (name: string) => LIVE_MEASURES.find((measure) => measure.name === name)!.about;
const failures = ({ startFailures, playbackFailures }: LiveGroup) => startFailures + playbackFailures;

interface GroupsProps extends Pick<Props, 'title' | 'head'> {
  split: LiveSplit;
  names: Map<string, string> | undefined;
  sort: string;
  onSort: (sort: string) => void;
}

function Groups({ split, title, head, names, sort, onSort }: GroupsProps) {
  const most = split.groups.reduce((greatest, { viewers }) => Math.max(greatest, viewers), 0);
  const columns: Column<LiveGroup>[] = [
    { name: 'value', title: head, sortBy: ({ value }) => names?.get(value ?? '') ?? value, cell: (group) => <Value by={split.by} group={group} name={names?.get(group.value ?? '')} /> },
    { name: 'viewers', title: 'Viewers', about: about('viewers'), isNumber: true, sortBy: ({ viewers }) => viewers, cell: ({ viewers }) => <Bar value={viewers} most={most} text={count(viewers)} /> },
    { name: 'starts', title: 'Starts', about: about('starts'), isNumber: true, sortBy: ({ starts }) => starts, cell: ({ starts }) => count(starts) },
    {
      name: 'failures', title: 'Failures', about: 'Start failures and playback failures of the last minute (R8.5)', isNumber: true, isExtra: true,
      sortBy: failures, cell: (group) => count(failures(group)),
    },
    { name: 'bufferingShare', title: 'Buffering', about: about('bufferingShare'), isNumber: true, sortBy: ({ bufferingShare }) => bufferingShare, cell: ({ bufferingShare }) => number(bufferingShare, 'share') },
  ];
  return <Table caption={`${title}, live`} columns={columns} rows={split.groups} rowKey={({ value, beyond }) => JSON.stringify([value, beyond])} sort={sort} onSort={(next) => onSort(next || '-viewers')} />;
}

function Value({ by, group: { value, beyond }, name }: { by: string; group: LiveGroup; name: string | undefined }) {
  const { address } = useApp();
  if (beyond) return <span class="novalue">all others</span>;
  const to = by === 'name' && value
    ? withOwn(toPage(address, '/content'), { title: [value] })
    : withCondition(address, value ? { name: by, way: 'is', value } : { name: by, way: 'none', value: '' });
  return <Link to={to} title={by === 'name' && value ? short(value) : 'Only these'}>{value ? <bdi>{short(name ?? valueText(by, value), 50)}</bdi> : <span class="novalue">no value</span>}</Link>;
}

