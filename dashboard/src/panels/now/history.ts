/** What the stream said of the last minutes, put together second by second. */

import type { LiveCounts, LiveCurve, LiveFrame } from '../../api/live';

/** As many seconds as the server keeps. */
export const SECONDS_MAX = 1_200;
/** The time in which starts and failures are counted, s. */
const WINDOW = 60;

type Curves = Omit<LiveCurve, 'from' | 'provisionalFrom'>;
const NAMES: (keyof Curves)[] = [
  'sessions', 'viewers', 'starts', 'contentStarts', 'startFailures', 'playbackFailures', 'active', 'activeViewers', 'buffering',
];

export interface History {
  /** The curve of the server; null where it keeps none. */
  curve: LiveCurve | null;
  /** The totals of each frame since the page began to listen, where there is no curve. */
  seen: { at: number; totals: LiveCounts }[];
}

/** The same with one frame more. */
export function noted(history: History | undefined, frame: LiveFrame): History {
  if (frame.curve) return { curve: joined(history?.curve ?? null, frame.curve), seen: [] };
  const seen = (history?.seen ?? []).filter(({ at }) => at < frame.at && at > frame.at - SECONDS_MAX * 1000);
  return { curve: null, seen: [...seen, { at: frame.at, totals: frame.totals }] };
}

/** What is newer replaces what it overlaps; behind a gap it stands alone. */
function joined(old: LiveCurve | null, next: LiveCurve): LiveCurve {
  const offset = old ? (next.from - old.from) / 1000 : 0;
  if (!old || offset <= 0 || offset > old.sessions.length) return next;
  const drop = Math.max(0, offset + next.sessions.length - SECONDS_MAX);
  const curves = Object.fromEntries(NAMES.map((name) => [name, [...old[name].slice(drop, offset), ...next[name]]])) as unknown as Curves;
  return { ...curves, from: old.from + 1000 * drop, provisionalFrom: next.provisionalFrom };
}

export interface LiveMeasure {
  name: keyof LiveCounts;
  title: string;
  unit: string;
  about: string;
}

export const LIVE_MEASURES: LiveMeasure[] = [
  { name: 'viewers', title: 'Active viewers', unit: 'count', about: 'Visitors of active sessions, each once. A session is active that is open and was heard of in the last minute' },
  { name: 'active', title: 'Active sessions', unit: 'count', about: 'Sessions that are open and were heard of in the last minute' },
  { name: 'starts', title: 'Media starts', unit: 'count', about: 'Sessions that began in the last minute' },
  { name: 'contentStarts', title: 'Content starts', unit: 'count', about: 'Sessions whose main content began to play in the last minute' },
  { name: 'startFailures', title: 'Start failures', unit: 'count', about: 'Sessions that failed before their content played, in the last minute (R8.5)' },
  { name: 'playbackFailures', title: 'Playback failures', unit: 'count', about: 'Sessions that failed after their content had begun, in the last minute (R8.5)' },
  { name: 'bufferingShare', title: 'Buffering', unit: 'share', about: 'Active sessions whose player waits for data right now' },
];

export interface LiveLine {
  title: string;
  values: (number | null)[];
  /** The place from which on numbers may still grow. */
  partialFrom?: number;
}

/** The lines of a number, second by second. */
export function liveLines({ curve, seen }: History, { name, title }: LiveMeasure): { x: number[]; lines: LiveLine[] } {
  if (!curve) return { x: seen.map(({ at }) => at - 1000), lines: [{ title, values: seen.map(({ totals }) => totals[name]) }] };
  const x = curve.sessions.map((_, second) => curve.from + 1000 * second);
  const partialFrom = Math.max(0, (curve.provisionalFrom - curve.from) / 1000);
  switch (name) {
    case 'viewers':
      return { x, lines: [{ title, values: curve.activeViewers }, { title: 'Concurrent viewers', values: curve.viewers, partialFrom }] };
    case 'active':
      return { x, lines: [{ title, values: curve.active }, { title: 'Concurrent sessions', values: curve.sessions, partialFrom }] };
    case 'bufferingShare':
      return { x, lines: [{ title, values: curve.buffering.map((waiting, second) => ratio(waiting, curve.active[second] ?? null)) }] };
    default:
      return { x, lines: [{ title: `${title}, per minute`, values: perMinute(curve[name as keyof Curves]) }] };
  }
}

const ratio = (part: number | null, of: number | null) => (part === null || !of ? null : part / of);

/** The sum of each second and those before it, up to a minute; nothing where less is known. */
function perMinute(values: (number | null)[]): (number | null)[] {
  let sum = 0;
  return values.map((value, second) => {
    sum += (value ?? 0) - (values[second - WINDOW] ?? 0);
    return second + 1 < WINDOW ? null : sum;
  });
}
