/** The totals of a report, large, each with how it changed. One can be chosen to be looked at over time. */

import { metricAbout } from '../../api/catalog';
import type { Answer } from '../../api/report';
import { useReports } from '../../state/reports';
import { comparisonTitle } from '../../ui/filters';
import { change, isBadWhenUp, number } from '../../ui/number';

interface Props {
  answer: Answer;
  chosen?: number;
  choose?: (place: number) => void;
}

export function Figures({ answer, chosen, choose }: Props) {
  const { catalog } = useReports();
  const metrics = answer.headings.filter(({ kind }) => kind === 'metric');
  return (
    <dl class="figures">
      {metrics.map(({ name, title, unit }, place) => {
        const value = answer.totals[place];
        const about = metricAbout(catalog, name);
        return (
          <div key={name} class={place === chosen ? 'chosen' : ''} title={about}>
            <dt>
              {choose
                ? <button type="button" class="plain tile" aria-pressed={place === chosen} onClick={() => choose(place)}>{title}</button>
                : title}
            </dt>
            <dd>
              {number(value, unit, name)}
              {answer.compared && <Changed now={value} before={answer.compared.totals[place]} unit={unit} name={name} />}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

interface ChangedProps {
  now: number | null | undefined;
  before: number | null | undefined;
  unit: string;
  name: string;
}

/** An arrow and by how much; what it was is shown by hovering. */
export function Changed({ now, before, unit, name }: ChangedProps) {
  const { scope, catalog } = useReports();
  const changed = change(now, before, unit, name);
  if (!changed) return null;
  const { text, direction } = changed;
  const tone = direction === 'same' ? 'quiet' : (direction === 'up') === isBadWhenUp(name) ? 'worse' : 'better';
  const was = `${scope.compare ? comparisonTitle(catalog, scope.compare) : 'Before'}: ${number(before, unit, name)}`;
  return (
    <span class={`change ${tone}`} title={was}>
      <span aria-hidden="true">{direction === 'up' ? '↑' : direction === 'down' ? '↓' : '='}</span>
      <span class="hidden">{text === 'new' ? '' : direction === 'up' ? 'up by' : direction === 'down' ? 'down by' : 'the same'}</span> {text}
      <span class="hidden">. {was}</span>
    </span>
  );
}
