/** The score with its formula, which can be tried with other weights and thresholds. */

import { useState } from 'preact/hooks';
import { withOwn } from '../../state/address';
import { useApp } from '../../state/app';
import { useReport } from '../../state/reports';
import { Code } from '../../ui/code';
import { fine, NOTHING, short } from '../../ui/format';
import { rowsGrid } from '../../ui/grid';
import { number } from '../../ui/number';
import { Panel } from '../../ui/panel';
import { Table } from '../../ui/table';
import { Value } from '../report/breakdown';
import { readScore, SCORE, scoreFormula, scoreSettings, writeScore, type ScorePart } from './score';

export function ScorePanel() {
  const { address, go } = useApp();
  const parts = readScore(address.own.score ?? []);
  const [isTrying, setTrying] = useState(false);
  const [sort, setSort] = useState('score');
  const formula = scoreFormula(parts);
  const report = useReport({
    metrics: [{ name: 'score', formula }, ...parts.map(({ name, formula }) => ({ name, formula })), 'isViewed'],
    dimensions: ['playerName', 'appVersion'],
    order: { by: 'isViewed' },
    limit: 20,
  });
  const set = (changed: ScorePart[]) => go(withOwn(address, { score: writeScore(changed) }), 'replace');
  return (
    <Panel
      title="Quality score"
      about="100, less what each kind of trouble takes, and never below 0"
      report={report}
      isTable
      grid={rowsGrid}
      isEmpty={(answer) => answer.rows.length === 0}
      tools={<button type="button" class="small" aria-expanded={isTrying} onClick={() => setTrying(!isTrying)}>Try other weights</button>}
    >
      {(answer) => (
        <>
          <div class="score">
            <strong class="large">{scored(answer.totals[0])}</strong>
            <ul class="quiet">
              {parts.map((part, place) => (
                <li key={part.name}>
                  {part.title} {number(answer.totals[place + 1], 'share')}: −{fine(lost(part, answer.totals[place + 1]))} points
                </li>
              ))}
            </ul>
          </div>
          <p class="formula"><code>score = {formula}</code></p>
          {isTrying && <Weights parts={parts} set={set} settings={scoreSettings(parts)} />}
          <Table
            caption="Score by player and version"
            columns={[
              { name: 'player', title: 'Player', sortBy: ({ key }) => key[0] ?? null, cell: ({ key }) => <Value address={address} name="playerName" value={key[0] ?? null} /> },
              { name: 'version', title: 'Version', sortBy: ({ key }) => key[1] ?? null, cell: ({ key }) => <bdi>{short(key[1] ?? '', 40)}</bdi> },
              { name: 'score', title: 'Score', isNumber: true, sortBy: ({ values }) => values[0] ?? null, cell: ({ values }) => <strong>{scored(values[0])}</strong> },
              ...parts.map((part, place) => ({
                name: part.name, title: part.title, isNumber: true, isExtra: true, about: part.formula,
                sortBy: ({ values }: { values: (number | null)[] }) => values[place + 1] ?? null,
                cell: ({ values }: { values: (number | null)[] }) => number(values[place + 1], 'share'),
              })),
            ]}
            rows={answer.rows}
            rowKey={({ key }) => JSON.stringify(key)}
            sort={sort}
            onSort={setSort}
          />
        </>
      )}
    </Panel>
  );
}

const scored = (value: number | null | undefined) => (value === null || value === undefined ? NOTHING : fine(Math.round(10 * value) / 10));
const lost = ({ weight, threshold }: ScorePart, rate: number | null | undefined) => Math.round((10 * weight * (rate ?? 0)) / threshold) / 10;

function Weights({ parts, set, settings }: { parts: ScorePart[]; set: (parts: ScorePart[]) => void; settings: string }) {
  const change = (name: string, changes: Partial<ScorePart>) => set(parts.map((part) => (part.name === name ? { ...part, ...changes } : part)));
  return (
    <div class="weights">
      <table>
        <thead><tr><th scope="col">Trouble</th><th scope="col">Points</th><th scope="col">are lost at a rate of, in %</th></tr></thead>
        <tbody>
          {parts.map((part) => (
            <tr key={part.name}>
              <th scope="row">{part.title}</th>
              <td><input type="number" min={0} max={1000} step="any" aria-label={`Points of ${part.title}`} value={part.weight}
                onChange={(event) => event.currentTarget.validity.valid && change(part.name, { weight: event.currentTarget.valueAsNumber || 0 })} /></td>
              <td><input type="number" min={0.01} max={100} step="any" aria-label={`Rate of ${part.title}, in per cent`} value={Number((100 * part.threshold).toFixed(4))}
                onChange={(event) => event.currentTarget.validity.valid && change(part.name, { threshold: event.currentTarget.valueAsNumber / 100 })} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      <div>
        <p class="quiet">{writeScore(parts).length > 0 ? <>Tried only here. <button type="button" class="plain" onClick={() => set(SCORE)}>As it was</button></> : 'The usual weights.'}</p>
        <p>For the settings of the server, which makes it a metric of all reports after <code>playhead config reload</code>:</p>
        <Code text={settings} />
      </div>
    </div>
  );
}
