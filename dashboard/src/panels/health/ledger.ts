/** Sums of the ledger. Pure. */

import type { Counts, Outcomes, PlayerCounts } from '../../api/types';

export const refusedSum = (counts: Counts) => Object.values(counts.refused).reduce((sum, count) => sum + count, 0);

/** The part of the ledger that filters leave, with its own total. */
export function narrowed(outcomes: Outcomes, filters: { suite?: string; player?: string; sdk?: string }): Outcomes {
  const takes = (row: { suite: string; player: string; sdkVersion: string }) =>
    (!filters.suite || row.suite === filters.suite) &&
    (!filters.player || row.player === filters.player) &&
    (!filters.sdk || row.sdkVersion === filters.sdk);
  const byPlayer = outcomes.byPlayer.filter(takes);
  return { byPlayer, refusedSamples: outcomes.refusedSamples.filter(takes), total: total(byPlayer) };
}

function total(rows: PlayerCounts[]): Counts {
  const sum: Counts = { received: 0, refused: {}, acknowledged: 0, settled: {}, held: 0, rules: {} };
  for (const row of rows) {
    sum.received += row.received;
    sum.acknowledged += row.acknowledged;
    sum.held += row.held;
    for (const member of ['refused', 'settled', 'rules'] as const) {
      for (const [name, count] of Object.entries(row[member])) sum[member][name] = (sum[member][name] ?? 0) + count;
    }
  }
  return sum;
}
