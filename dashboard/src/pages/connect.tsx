/** How to send the first session, and the moment in which it arrives. */

import { useState } from 'preact/hooks';
import { get } from '../api/client';
import type { SessionList } from '../api/types';
import { toPage } from '../state/address';
import { useApp } from '../state/app';
import { useResource, type Resource } from '../state/resource';
import { Code } from '../ui/code';
import { short, shortSid } from '../ui/format';
import { Link } from '../ui/link';
import { SNIPPETS } from './snippets';

/** How often it is looked for a session, ms. */
const EVERY = 1_000;

/** `first`: there was no session yet, and this tells of the first one. */
export function Connect({ first }: { first?: Resource<SessionList> }) {
  const { server, address, now } = useApp();
  const [chosen, choose] = useState(0);
  const [since] = useState(now);
  const next = useResource(
    first ? '' : `newest ${since}`,
    (signal) => get<SessionList>('/v1/sessions', { from: Math.floor(since), limit: 1 }, signal),
    EVERY,
  );
  const list = first ?? next;
  const arrived = list.data?.sessions[0];
  const snippet = SNIPPETS[chosen]!;
  return (
    <div class="narrow">
      <h1>{first ? 'Send the first session' : 'Connect a player'}</h1>
      <p>
        Players report to <code>{server.door}</code>. An existing player needs no more than this as the host of its
        collector. This page listens, and shows the next session that begins.
      </p>
      <div class={`card beacon ${arrived ? 'lit' : ''}`} role="status">
        <span class="lamp" aria-hidden="true" />
        {arrived ? (
          <div>
            <strong>It is here: <bdi>{short(String(arrived.session.friendlyName ?? arrived.session.name), 60)}</bdi></strong>
            <div>
              from <bdi>{short(String(arrived.session.playerName), 40)}</bdi>.{' '}
              <Link to={toPage(address, `/sessions/${arrived.sid}`)}>See the session {shortSid(arrived.sid)}</Link>
              {first && <>, or <Link to={toPage(address, '/now')}>who watches now</Link></>}
            </div>
          </div>
        ) : (
          <div>
            <strong>{list.error ? 'The server does not answer' : 'Listening…'}</strong>
            <div class="quiet">{list.error ? 'It is asked again every second.' : 'Nothing has arrived yet.'}</div>
          </div>
        )}
      </div>
      <div class="tabs" role="tablist" aria-label="Clients">
        {SNIPPETS.map(({ title }, number) => (
          <button
            key={title}
            type="button"
            role="tab"
            id={`tab-${number}`}
            aria-controls="snippet"
            aria-selected={number === chosen}
            tabIndex={number === chosen ? 0 : -1}
            onClick={() => choose(number)}
            onKeyDown={(event) => {
              const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
              if (!step) return;
              const next = (number + step + SNIPPETS.length) % SNIPPETS.length;
              choose(next);
              document.getElementById(`tab-${next}`)?.focus();
            }}
          >
            {title}
          </button>
        ))}
      </div>
      <div id="snippet" role="tabpanel" aria-labelledby={`tab-${chosen}`} class="card">
        <p>{snippet.about}</p>
        <Code text={snippet.code(server.door)} />
      </div>
    </div>
  );
}
