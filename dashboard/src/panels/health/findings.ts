/** What is wrong with which player: from the ledger of outcomes and the latest sessions. Pure. */

import type { Outcomes, PlayerCounts, Sample, Session } from '../../api/types';
import { REFUSED, RULES, SESSIONS, type Advice, type Severity } from './advice';

export interface Who {
  suite: string;
  player: string;
  sdkVersion: string;
}

export interface Finding {
  key: string;
  who: Who;
  advice: Advice;
  severity: Severity;
  count: number;
  of: number;
  /** What is counted. */
  noun: 'events' | 'sessions';
  /** The name of the rule in the ledger, to look for an example with. */
  ledgerRule?: string;
  /** Refused bodies of this kind. */
  samples: Sample[];
  /** Sessions in which it can be seen. */
  sids: string[];
}

/** Clock offsets below this are the life of devices and networks, ms. */
const SKEW_MS = 60_000;
const EXAMPLES = 3;
const ORDER: Severity[] = ['bad', 'warn', 'info'];

/** All findings, the worst first. `pingless` are the sessions that played on without an event. */
export function findings(outcomes: Outcomes, sessions: Session[], pingless: ReadonlySet<string> = new Set()): Finding[] {
  const all = [...outcomes.byPlayer.flatMap((row) => ofLedger(row, outcomes.refusedSamples)), ...ofSessions(sessions, pingless)];
  return all.sort(
    (left, right) =>
      ORDER.indexOf(left.severity) - ORDER.indexOf(right.severity) || right.count / right.of - left.count / left.of || right.count - left.count,
  );
}

function isSame(left: Who, right: Who): boolean {
  return left.suite === right.suite && left.player === right.player && left.sdkVersion === right.sdkVersion;
}

function finding(who: Who, name: string, advice: Advice, count: number, of: number, rest: Partial<Finding>): Finding {
  const { suite, player, sdkVersion } = who;
  const isHarmless = count / of <= (advice.harmlessShare ?? 0);
  return {
    key: JSON.stringify([suite, player, sdkVersion, name]),
    who: { suite, player, sdkVersion },
    advice,
    severity: isHarmless ? 'info' : advice.severity,
    count,
    of,
    noun: 'events',
    samples: [],
    sids: [],
    ...rest,
  };
}

function ofLedger(row: PlayerCounts, samples: Sample[]): Finding[] {
  const refused = Object.entries(row.refused).flatMap(([name, count]) => {
    const advice = REFUSED[name];
    if (!advice || count === 0) return [];
    const mine = samples.filter((sample) => sample.outcome === name && isSame(sample, row));
    return [finding(row, `refused ${name}`, advice, count, row.received, { samples: mine })];
  });
  const settled = Object.entries(row.rules).flatMap(([name, count]) => {
    const advice = RULES[name];
    return advice && count > 0 ? [finding(row, name, advice, count, row.received, { ledgerRule: name })] : [];
  });
  return [...refused, ...settled];
}

const TESTS: Record<keyof typeof SESSIONS, (session: Session, pingless: ReadonlySet<string>) => boolean> = {
  startOnly: ({ state, session }) => state === 'closed' && session.closeReason === 'timeout-no-events' && session.endTs === session.startTs,
  noEnd: ({ state, session }) => state === 'closed' && session.closeReason === 'timeout-no-events' && session.endTs !== session.startTs,
  noPings: ({ sid }, pingless) => pingless.has(sid),
  still: ({ session }) => session.closeReason === 'timeout-no-playhead-change' || Number(session.stallTime ?? 0) > Number(session.timePlayed ?? 0),
  skew: ({ startedAt = 0, session }) => session.isDownloaded !== true && Math.abs(Number(session.startTs) - startedAt) > SKEW_MS,
  noLength: ({ session }) => /vod/i.test(String(session.contentType ?? '')) && !session.length,
  noVisitor: ({ session }) => !session.visitor,
};

function ofSessions(sessions: Session[], pingless: ReadonlySet<string>): Finding[] {
  const byWho = new Map<string, { who: Who; sessions: Session[] }>();
  for (const session of sessions) {
    const who = {
      suite: String(session.session.reportSuite ?? ''),
      player: String(session.session.playerName ?? ''),
      sdkVersion: String(session.session.appVersion ?? ''),
    };
    const key = JSON.stringify(who);
    const group = byWho.get(key) ?? { who, sessions: [] };
    group.sessions.push(session);
    byWho.set(key, group);
  }
  return [...byWho.values()].flatMap(({ who, sessions }) =>
    (Object.keys(TESTS) as (keyof typeof SESSIONS)[]).flatMap((name) => {
      const bad = sessions.filter((session) => TESTS[name](session, pingless));
      if (bad.length === 0) return [];
      const sids = bad.slice(0, EXAMPLES).map(({ sid }) => sid);
      return [finding(who, name, SESSIONS[name], bad.length, sessions.length, { noun: 'sessions', sids })];
    }),
  );
}
