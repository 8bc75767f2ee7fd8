/** Which columns the list of sessions has. */

import { dimensionTitle, metricAbout, metricTitle } from '../../api/catalog';
import { withOwn } from '../../state/address';
import { useApp } from '../../state/app';
import { useReports } from '../../state/reports';
import { COLUMNS, columnsOf } from '../../state/search';
import { Pick } from '../../ui/pick';
import { Part } from '../explore/builder';

/** Most columns of a list. */
const COLUMNS_MAX = 20;

export function ColumnPicker() {
  const { catalog } = useReports();
  const { address, go } = useApp();
  const { dimensions, metrics } = columnsOf(address);
  const set = (d: string[], m: string[]) => {
    const isUsual = d.join() === COLUMNS.dimensions.join() && m.join() === COLUMNS.metrics.join();
    go(withOwn(address, isUsual ? { d: [], m: [] } : { d, m }), 'replace');
  };
  const isLast = dimensions.length + metrics.length === 1;
  const drop = (then: () => void) => (isLast ? undefined : then);
  const ofSessions = catalog.dimensions.filter(({ scope }) => scope === 'session');
  const choices = [
    ...ofSessions.map(({ name, title }) => ({ name, title, group: 'dimension' })),
    ...catalog.metrics.filter(({ name }) => name !== 'sessions' && name !== 'visitors').map(({ name, title }) => ({ name, title, group: 'metric', about: metricAbout(catalog, name) })),
    ...catalog.calculatedMetrics.map(({ name, title }) => ({ name, title, group: 'metric', about: metricAbout(catalog, name) })),
  ].filter(({ name }) => !dimensions.includes(name) && !metrics.includes(name));
  const isDimension = (name: string) => ofSessions.some((dimension) => dimension.name === name) || /^custom\../.test(name);
  return (
    <div class="row columns" role="group" aria-label="Columns">
      <span class="what">Columns</span>
      {dimensions.map((name) => (
        <Part key={name} title={dimensionTitle(catalog, name)} about={`Dimension ${name}`} drop={drop(() => set(dimensions.filter((each) => each !== name), metrics))} />
      ))}
      {metrics.map((name) => (
        <Part key={name} title={metricTitle(catalog, name)} about={metricAbout(catalog, name)} drop={drop(() => set(dimensions, metrics.filter((each) => each !== name)))} />
      ))}
      {dimensions.length + metrics.length < COLUMNS_MAX && (
        <Pick text="+ Column" label="Add a column" choices={choices} placeholder="Country, dropped frames, custom.plan …"
          onPick={(name) => (isDimension(name) ? set([...dimensions, name], metrics) : set(dimensions, [...metrics, name]))}
          free={(typed) => (/^custom\../.test(typed) ? dimensionTitle(catalog, typed) : null)} />
      )}
    </div>
  );
}
