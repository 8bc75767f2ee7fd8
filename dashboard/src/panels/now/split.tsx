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
import { LIVE_MEASURES } from './history';

interface Props {
  title: string;
  split: LiveSplit | undefined;
  live: Following;
  path: string;
  /** Names for people, by value. */
  names?: Map<string, string>;
  tools?: ComponentChildren;
}

const SHOWN = ['viewers', 'starts', 'startFailures', 'playbackFailures', 'bufferingShare'];

export function Split({ title, split, live, path, names, tools }: Props) {
  const [sort, setSort] = useState('-viewers');
  return (
    <DataPanel
      title={title}
      resource={{ ...(split ? { data: split } : {}), isLoading: !split, reload: live.again, ...(live.error && !split ? { error: live.error } : {}) }}
      isTable
      class="flush"
      grid={(split) => grid(split, title, names)}
      isEmpty={(split) => split.groups.length === 0}
      empty="Nobody watches right now."
      tools={tools}
      asked={<ShowStream path={path} title={title} />}
    >
      {(split) => (
        <>
          <Groups split={split} title={title} names={names} sort={sort} onSort={setSort} />
          {split.groupCount > split.groups.length && <div class="foot">The first {count(split.groups.length)} of {count(split.groupCount)}</div>}
        </>
      )}
    </DataPanel>
  );
}

const measures = LIVE_MEASURES.filter(({ name }) => SHOWN.includes(name));

function grid(split: LiveSplit, title: string, names?: Map<string, string>): Grid {
  return {
    columns: [...(names ? [{ title: 'Name', unit: 'text' }] : []), { title, unit: 'text' }, ...LIVE_MEASURES.map(({ title, unit, name }) => ({ title, unit, name }))],
    rows: split.groups.map((group) => [...(names ? [names.get(group.value ?? '') ?? null] : []), group.value, ...LIVE_MEASURES.map(({ name }) => group[name])]),
  };
}

function Groups({ split, title, names, sort, onSort }: { split: LiveSplit; title: string; names: Map<string, string> | undefined; sort: string; onSort: (sort: string) => void }) {
  const most = split.groups.reduce((greatest, { viewers }) => Math.max(greatest, viewers), 0);
  const columns: Column<LiveGroup>[] = [
    { name: 'value', title, sortBy: ({ value }) => names?.get(value ?? '') ?? value, cell: (group) => <Value by={split.by} group={group} name={names?.get(group.value ?? '')} /> },
    ...measures.map(({ name, title, unit, about }): Column<LiveGroup> => ({
      name,
      title: name === 'viewers' ? 'Viewers' : name === 'starts' ? 'Starts' : title,
      about,
      isNumber: true,
      isExtra: name === 'startFailures' || name === 'playbackFailures',
      sortBy: (group) => group[name],
      cell: (group) => (name === 'viewers' ? <Bar value={group.viewers} most={most} text={count(group.viewers)} /> : number(group[name], unit)),
    })),
  ];
  return <Table caption={`${title}, live`} columns={columns} rows={split.groups} rowKey={({ value, beyond }) => JSON.stringify([value, beyond])} sort={sort} onSort={(next) => onSort(next || '-viewers')} />;
}

function Value({ by, group: { value, beyond }, name }: { by: string; group: LiveGroup; name: string | undefined }) {
  const { address } = useApp();
  if (beyond) return <span class="novalue">all others</span>;
  const to = by === 'name' && value
    ? withOwn(toPage(address, '/content'), { title: [value] })
    : withCondition(address, value ? { name: by, way: 'is', value } : { name: by, way: 'none', value: '' });
  return <Link to={to} title={by === 'name' && value ? short(value) : 'Only these'}>{value ? <bdi>{short(name ?? value, 50)}</bdi> : <span class="novalue">no value</span>}</Link>;
}

