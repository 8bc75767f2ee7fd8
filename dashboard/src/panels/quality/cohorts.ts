/** Groups of sessions in which something goes wrong more often than in all others. */

import type { Answer } from '../../api/report';

export interface Cohort {
  key: (string | null)[];
  /** What went wrong, and of how much. */
  part: number;
  whole: number;
  rate: number;
  /** The rate of everything but this group. */
  rest: number;
  /** What would not have gone wrong at the rate of the rest. */
  excess: number;
}

/**
 * The groups that cost most, the worst first. The answer has what went wrong and of how much, for
 * each group and in its totals. Groups with less than `least` of the whole say nothing.
 */
export function cohorts(answer: Answer, least: number): Cohort[] {
  const [allPart, allWhole] = [answer.totals[0] ?? 0, answer.totals[1] ?? 0];
  const found = answer.rows.flatMap(({ key, values }): Cohort[] => {
    const [part, whole] = [values[0] ?? 0, values[1] ?? 0];
    const others = allWhole - whole;
    if (whole <= 0 || whole < least || others <= 0) return [];
    const rest = Math.max(0, allPart - part) / others;
    const excess = part - whole * rest;
    // Less than half a session, or half a second, is nothing to look at.
    return excess >= 0.5 ? [{ key, part, whole, rate: part / whole, rest, excess }] : [];
  });
  return found.sort((left, right) => right.excess - left.excess);
}

export interface Trouble {
  name: string;
  title: string;
  part: string;
  whole: string;
  /** What is counted. */
  unit: 'flag' | 's';
}

/** What can go wrong, as parts of a whole. */
export const TROUBLES: Trouble[] = [
  { name: 'playbackFailureRate', title: 'Playback failures', part: 'isPlaybackFailure', whole: 'isPlayed', unit: 'flag' },
  { name: 'startFailureRate', title: 'Start failures', part: 'isStartFailure', whole: 'isViewed', unit: 'flag' },
  { name: 'exitBeforeStartRate', title: 'Exits before start', part: 'isExitBeforeStart', whole: 'isViewed', unit: 'flag' },
  { name: 'rebufferRatio', title: 'Rebuffering', part: 'rebufferTime', whole: 'timePlayed + rebufferTime', unit: 's' },
  { name: 'stalledRate', title: 'Streams with a stall', part: 'hasStallImpactedStreams', whole: 'isPlayed', unit: 'flag' },
  { name: 'errorRate', title: 'Streams with an error', part: 'hasErrorImpactedStreams', whole: 'isViewed', unit: 'flag' },
];

/** By what sessions are grouped. */
export const GROUPINGS: { title: string; dimensions: string[] }[] = [
  { title: 'Player and version', dimensions: ['playerName', 'appVersion'] },
  { title: 'Device', dimensions: ['device'] },
  { title: 'Browser', dimensions: ['browser'] },
  { title: 'Access network', dimensions: ['networkName'] },
  { title: 'Country', dimensions: ['country'] },
  { title: 'Channel', dimensions: ['channel'] },
  { title: 'Stream format', dimensions: ['streamFormat'] },
  { title: 'Title', dimensions: ['name'] },
];
