/** What a session says about itself: its dimensions, its own metadata, its ads. */

import type { Explanation, Session, Value, Values } from '../../api/types';
import { duration, position, short, value } from '../../ui/format';

const HIDDEN = new Set(['customMetadata', 'ID']);

export function Properties({ session, explanation }: { session: Session; explanation: Explanation | undefined }) {
  const metrics = new Set(explanation?.metrics.map(({ name }) => name));
  const entries = Object.entries(session.session).filter(
    ([name, held]) => !metrics.has(name) && !HIDDEN.has(name) && held !== null && !(Array.isArray(held) && held.length === 0),
  );
  const custom = Object.entries((session.session.customMetadata ?? {}) as Record<string, string>);
  return (
    <section class="card" aria-labelledby="dimensions">
      <h2 id="dimensions">Dimensions</h2>
      <List entries={entries as [string, Value][]} />
      {custom.length > 0 && (
        <>
          <h3>Custom metadata</h3>
          <List entries={custom} />
        </>
      )}
    </section>
  );
}

function List({ entries }: { entries: [string, Value][] }) {
  return (
    <dl class="properties">
      {entries.map(([name, held]) => (
        <div key={name}>
          <dt><bdi>{short(name, 40)}</bdi></dt>
          <dd><bdi>{dimension(name, held)}</bdi></dd>
        </div>
      ))}
    </dl>
  );
}

function dimension(name: string, held: Value): string {
  if (typeof held !== 'number') return short(value(held, 'text'), 400);
  if (name.endsWith('Ts')) return new Date(held).toISOString().replace('T', ' ').replace('Z', ' UTC');
  return name === 'length' ? `${position(held)} (${held} s)` : String(held);
}

/** The ads of a session in a few words each; none if there were none. */
export function Ads({ ads }: { ads: Values[] }) {
  if (ads.length === 0) return null;
  return (
    <section class="card" aria-labelledby="ads">
      <h2 id="ads">Ads</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="All ads">
        <table>
          <thead><tr><th scope="col">Ad</th><th scope="col">Advertiser</th><th scope="col" class="number">Pod</th><th scope="col" class="number">Length</th><th scope="col" class="number">Played</th><th scope="col">Ended</th></tr></thead>
          <tbody>
            {ads.map((ad, index) => (
              <tr key={index}>
                <td><bdi>{short(String(ad.friendlyName ?? ad.name ?? ad.id ?? 'ad'), 60)}</bdi></td>
                <td><bdi>{value(ad.advertiser, 'text')}</bdi></td>
                <td class="number">{value(ad.podIndex, 'number')}.{value(ad.podPosition, 'number')}</td>
                <td class="number">{value(ad.length, 's')}</td>
                <td class="number">{duration(Number(ad.timePlayed ?? 0))}</td>
                <td>{ad.isCompleted ? 'complete' : 'not completed'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
