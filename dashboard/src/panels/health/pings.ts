/** Which sessions played on while no event came: asked of the events, since no number of a session tells it. */

import { post } from '../../api/client';
import type { Session } from '../../api/types';
import { text } from '../../sql/names';

/** Longer than this nothing may come while content plays, ms: a viewer counts as active for so long. */
const SILENCE_MS = 60_000;

/**
 * Sessions of which two events lie further apart, while the playhead moved on about as far: further is a seek, less
 * a pause. Undefined if there is none to look at.
 */
export function pinglessSql(sessions: Session[]): string | undefined {
  const closed = sessions.filter(({ state, session }) => state === 'closed' && session.isDownloaded !== true);
  if (closed.length === 0) return undefined;
  const suites = [...new Set(closed.map(({ session }) => String(session.reportSuite ?? '')))];
  return `SELECT DISTINCT sid FROM (
  SELECT sid, ts - lag(ts) OVER playing AS silence, 1000 * (playhead - lag(playhead) OVER playing) AS moved
  FROM events
  WHERE report_suite IN (${suites.map(text).join(', ')})
    AND sid IN (${closed.map(({ sid }) => text(sid)).join(', ')})
  WINDOW playing AS (PARTITION BY sid ORDER BY ts, position, number)
)
WHERE silence > ${SILENCE_MS} AND moved BETWEEN 0.5 * silence AND 2 * silence`;
}

export async function askPingless(sql: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const answer = (await (await post('/v1/sql', { sql }, signal)).json()) as { rows: [string][] };
  return new Set(answer.rows.map(([sid]) => sid));
}
