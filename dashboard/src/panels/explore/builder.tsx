/** Puts a report together: what is computed, by what it is broken down, and how it is shown. */

import { useState } from 'preact/hooks';
import { dimensionTitle, metricAbout, metricTitle, type Catalog } from '../../api/catalog';
import type { MetricRequest } from '../../api/report';
import { withOwn, type OwnName } from '../../state/address';
import { useApp } from '../../state/app';
import { useReports } from '../../state/reports';
import type { Choice } from '../../ui/find';
import { short } from '../../ui/format';
import { Pick } from '../../ui/pick';
import { DEFAULT_METRICS, metricName, writeMetric, type Exploration } from './ask';

export function Builder({ it }: { it: Exploration }) {
  const { catalog, granularity } = useReports();
  const { address, go } = useApp();
  const [isWriting, setWriting] = useState(false);
  const set = (changes: Partial<Record<OwnName, string[]>>) => go({ ...withOwn(address, changes), sort: '' });
  const written = it.metrics.map(writeMetric);
  const setMetrics = (metrics: string[]) => set({ m: metrics.join() === DEFAULT_METRICS.join() ? [] : metrics });
  const isTable = it.report === 'table';
  return (
    <section class="card builder" aria-label="The report">
      <div class="row">
        <label>
          <span>Report</span>
          <select value={it.report} onChange={(event) => go({ ...address, own: event.currentTarget.value === 'table' ? {} : { report: [event.currentTarget.value] }, sort: '' })}>
            {catalog.reports.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
          </select>
        </label>
        <label>
          <span>Segment</span>
          <select value={it.segment} onChange={(event) => set({ segment: [event.currentTarget.value] })}>
            <option value="">All sessions</option>
            {catalog.segments.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
          </select>
        </label>
        {['table', 'concurrency', 'timeSpent', 'retention'].includes(it.report) && (
          <label>
            <span>Step</span>
            <select value={it.granularity} onChange={(event) => set({ by: [event.currentTarget.value] })}>
              <option value="">{isTable ? `Suits the range (${stepTitle(granularity)})` : 'Suits the range'}</option>
              {catalog.granularities.filter((name) => it.report !== 'retention' || name === 'second' || name === 'minute')
                .map((name) => <option key={name} value={name}>{stepTitle(name)}</option>)}
            </select>
          </label>
        )}
        {isTable && it.dimensions.length > 0 && (
          <div class="switch" role="group" aria-label="Shown as">
            {(['table', 'chart'] as const).map((as) => (
              <button key={as} type="button" aria-pressed={it.as === as} onClick={() => set({ as: as === 'chart' ? ['chart'] : [] })}>{as === 'chart' ? 'Chart' : 'Table'}</button>
            ))}
          </div>
        )}
      </div>
      {(isTable || it.report === 'histogram') && (
        <div class="row">
          <span class="what">Metrics</span>
          {it.metrics.map((metric, place) => (
            <Part key={writeMetric(metric)} title={titleOf(catalog, metric)} about={aboutOf(catalog, metric)}
              drop={it.metrics.length > 1 ? () => setMetrics(written.filter((_, other) => other !== place)) : undefined} />
          ))}
          <Pick
            text={isTable ? '+ Metric' : 'Another metric'}
            label={isTable ? 'Add a metric' : 'Choose another metric'}
            choices={metricChoices(catalog, isTable)}
            placeholder="Time played, p95(timeToStart) …"
            onPick={(name) => (isTable ? written.includes(name) || setMetrics([...written, name]) : setMetrics([name]))}
            free={(typed) => (isTable && /^\w+\(.+\)$/.test(typed) ? metricTitle(catalog, typed) : null)}
          />
          {isTable && !isWriting && <button type="button" onClick={() => setWriting(true)}>+ Formula</button>}
          {isWriting && <Formula cancel={() => setWriting(false)} add={(metric) => {
            setWriting(false);
            setMetrics([...written.filter((other) => !other.startsWith(`${metricName(metric)}:=`)), writeMetric(metric)]);
          }} />}
        </div>
      )}
      {isTable && (
        <div class="row">
          <span class="what">Broken down by</span>
          {it.dimensions.map((name) => (
            <Part key={name} title={dimensionTitle(catalog, name)} about={`Dimension ${name}`} drop={() => set({ d: it.dimensions.filter((other) => other !== name) })} />
          ))}
          <Pick text="+ Dimension" label="Add a dimension" choices={catalog.dimensions.map(({ name, title }) => ({ name, title }))}
            placeholder="Channel, player, country …" onPick={(name) => it.dimensions.includes(name) || set({ d: [...it.dimensions, name] })}
            free={(typed) => (/^(ad\.|chapter\.)?custom\../.test(typed) || catalog.metrics.some(({ name }) => name === typed) ? dimensionTitle(catalog, typed) : null)} />
        </div>
      )}
    </section>
  );
}

/** `15 minutes` */
const stepTitle = (name: string) => name.replace(/^\d+/, '$& ');

function metricChoices(catalog: Catalog, isTable: boolean): Choice[] {
  const about = (name: string) => metricAbout(catalog, name);
  const plain = catalog.metrics.filter(({ scope }) => isTable || scope === 'session').map(({ name, title }) => ({ name, title, about: about(name) }));
  return isTable ? [...plain, ...catalog.calculatedMetrics.map(({ name, title }) => ({ name, title, about: about(name) }))] : plain;
}

export function titleOf(catalog: Catalog, metric: MetricRequest): string {
  return typeof metric === 'string' ? metricTitle(catalog, metric) : metric.name;
}

export function aboutOf(catalog: Catalog, metric: MetricRequest): string {
  return typeof metric === 'string' ? metricAbout(catalog, metric) : `${metric.name} = ${metric.formula}`;
}

export function Part({ title, about, drop }: { title: string; about: string; drop: (() => void) | undefined }) {
  return (
    <span class={`chip ${drop ? '' : 'only'}`} title={about}>
      <bdi>{short(title, 60)}</bdi>
      {drop && <button type="button" onClick={drop} aria-label={`Remove ${short(title, 60)}`}>×</button>}
    </span>
  );
}

function Formula({ add, cancel }: { add: (metric: { name: string; formula: string }) => void; cancel: () => void }) {
  return (
    <form class="chip editing" onKeyDown={(event) => event.key === 'Escape' && cancel()} onSubmit={(event) => {
      event.preventDefault();
      const form = new FormData(event.currentTarget);
      add({ name: String(form.get('name')).trim(), formula: String(form.get('formula')).trim() });
    }}>
      <input name="name" required maxLength={60} pattern="[^:=]+" placeholder="Name" aria-label="Name of the formula" size={12} />
      <input name="formula" required maxLength={1000} placeholder="ad.timePlayed / timePlayed" aria-label="Formula" size={28} />
      <button type="submit">Add</button>
      <button type="button" class="close" onClick={cancel} aria-label="Cancel">×</button>
    </form>
  );
}
