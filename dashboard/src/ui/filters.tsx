/** Conditions on what is looked at, as chips, and how to add one. */

import { useState } from 'preact/hooks';
import { dimensionTitle, type Catalog } from '../api/catalog';
import type { Bots, Period } from '../api/report';
import { withCondition, withoutCondition } from '../state/address';
import { useApp } from '../state/app';
import { segmentOf, type Comparison } from '../state/question';
import { useReport, useReports } from '../state/reports';
import { WAYS, type Condition, type WayName } from '../state/where';
import type { Choice } from './find';
import { short } from './format';
import { Pick } from './pick';
import { valueText } from './value-text';

/** Those that a page of reports holds to. */
export function Filters({ isTaken }: { isTaken?: (condition: Condition) => boolean }) {
  const { catalog } = useReports();
  const { address, go } = useApp();
  const [name, setName] = useState('');
  return (
    <>
      {address.where.map((condition) => (
        <ConditionChip key={JSON.stringify(condition)} condition={condition} catalog={catalog} isIdle={isTaken?.(condition) === false} />
      ))}
      <Pick text="+ Filter" label="Add a filter" choices={whatToFilter(catalog)} placeholder="Channel, player, country …" onPick={setName}
        free={(typed) => (/^(ad\.|chapter\.)?custom\../.test(typed) ? dimensionTitle(catalog, typed) : null)} />
      {name && (
        <NewCondition name={name} catalog={catalog} cancel={() => setName('')} add={(condition) => {
          setName('');
          go(withCondition(address, condition));
        }} />
      )}
    </>
  );
}

/** A condition that can be taken away; catalogue or not. */
export function ConditionChip({ condition, catalog, isIdle = false }: { condition: Condition; catalog?: Catalog; isIdle?: boolean }) {
  const { address, go } = useApp();
  const title = catalog ? dimensionTitle(catalog, condition.name) : condition.name;
  return (
    <span class={`chip ${isIdle ? 'idle' : ''}`} title={isIdle ? 'This page cannot be filtered by it' : undefined}>
      <bdi>{short(title, 40)}</bdi> {WAYS[condition.way].word} {condition.value && <strong><bdi>{short(condition.way === 'is' || condition.way === 'not' ? valueText(condition.name, condition.value) : condition.value, 60)}</bdi></strong>}
      <button type="button" onClick={() => go(withoutCondition(address, condition))} aria-label={`Remove the filter ${short(title, 40)}`}>×</button>
    </span>
  );
}

/** Numbers of a session are dimensions too; conditions on them are those on numbers. */
const isNumber = (catalog: Catalog, name: string) => catalog.metrics.some((metric) => metric.name === name && metric.scope === 'session' && name !== 'sessions' && name !== 'visitors');

function whatToFilter(catalog: Catalog): Choice[] {
  return [
    ...catalog.dimensions.filter(({ name }) => !isNumber(catalog, name)).map(({ name, title }) => ({ name, title, group: 'dimension' })),
    ...catalog.metrics.filter(({ name }) => isNumber(catalog, name)).map(({ name, title }) => ({ name, title, group: 'metric' })),
  ];
}

interface NewProps {
  name: string;
  catalog: Catalog;
  add: (condition: Condition) => void;
  cancel: () => void;
}

function NewCondition({ name, catalog, add, cancel }: NewProps) {
  const isMetric = isNumber(catalog, name);
  const ways = (Object.keys(WAYS) as WayName[]).filter((way) => 'isOfMetrics' in WAYS[way] === isMetric);
  const [way, setWay] = useState<WayName>(ways[0]!);
  const [typed, setTyped] = useState('');
  const isFromList = !isMetric && (way === 'is' || way === 'not');
  // Countries are found by their names, which the server does not know.
  const isNamed = name === 'country';
  const values = useReport(isFromList ? {
    metrics: ['sessions'],
    dimensions: [name],
    limit: isNamed ? 300 : 50,
    ...(typed && !isNamed ? { filters: [{ dimension: name, op: 'contains', value: typed }] } : {}),
  } : null);
  const choices = (values.data?.rows ?? []).flatMap(({ key: [value], values: [sessions] }) =>
    value ? [{ name: value, title: short(valueText(name, value), 80), hint: String(sessions ?? '') }] : []);
  const title = dimensionTitle(catalog, name);
  const hasNoValue = 'hasNoValue' in WAYS[way];
  return (
    <form
      class="chip editing"
      onKeyDown={(event) => event.key === 'Escape' && cancel()}
      onSubmit={(event) => {
        event.preventDefault();
        const value = String(new FormData(event.currentTarget).get('value') ?? '');
        add({ name, way, value });
      }}
    >
      <span>{short(title, 40)}</span>
      <select aria-label="How" value={way} onChange={(event) => setWay(event.currentTarget.value as WayName)} autofocus>
        {ways.map((each) => <option key={each} value={each}>{WAYS[each].title}</option>)}
      </select>
      {isFromList ? (
        <Pick text="Choose a value" label={`Choose a value of ${title}`} choices={choices} onType={setTyped} onPick={(value) => add({ name, way, value })}
          free={(text) => `as typed: ${short(text, 60)}`} />
      ) : (
        <>
          {!hasNoValue && <input name="value" required type={isMetric ? 'number' : 'text'} step="any" aria-label={`Value of ${title}`} />}
          <button type="submit">Add</button>
        </>
      )}
      <button type="button" class="close" onClick={cancel} aria-label="Cancel">×</button>
    </form>
  );
}

const PERIODS: Record<Period | '', string> = {
  '': 'No comparison', previous: 'Previous period', lastWeek: 'Same period last week', lastYear: 'Same period last year',
};

/** What numbers are compared with, for people. */
export function comparisonTitle(catalog: Catalog, compare: Comparison | ''): string {
  const segment = segmentOf(compare);
  if (segment === undefined) return PERIODS[compare as Period | ''];
  return `Segment ${catalog.segments.find(({ name }) => name === segment)?.title ?? segment}`;
}

export function CompareSwitch() {
  const { address, go, instants } = useApp();
  const { catalog, scope } = useReports();
  // Nothing is before all time.
  const isAll = instants.from === undefined;
  return (
    <select aria-label="Compare with" value={scope.compare} onChange={(event) => go({ ...address, compare: event.currentTarget.value as Comparison | '' })}>
      {Object.entries(PERIODS).map(([name, title]) => <option key={name} value={name} disabled={isAll && name !== ''}>{title}</option>)}
      <optgroup label="Segment">
        {catalog.segments.map(({ name, title }) => <option key={name} value={`segment:${name}`}>{title}</option>)}
      </optgroup>
    </select>
  );
}

const BOTS: Record<Bots, string> = { include: 'With bots', exclude: 'Without bots', only: 'Bots only' };

export function BotsSwitch() {
  const { address, go } = useApp();
  return (
    <select aria-label="Bots" value={address.bots} onChange={(event) => go({ ...address, bots: event.currentTarget.value as Bots })}>
      {Object.entries(BOTS).map(([name, title]) => <option key={name} value={name}>{title}</option>)}
    </select>
  );
}
