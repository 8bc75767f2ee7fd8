/** The bins of a histogram, with names for people. */

import type { Answer } from '../../api/report';

export interface Bin {
  title: string;
  /** What stands on the axis. */
  short: string;
  sessions: number;
}

/** Bins in order, and how many sessions have no value. Empty ones at either end are left out. */
export function bins(answer: Answer, text: (edge: number) => string): { all: Bin[]; without: number } {
  let without = 0;
  const all = answer.rows.flatMap(({ key: [key], values: [sessions] }): Bin[] => {
    if (key === null || key === undefined) {
      without += sessions ?? 0;
      return [];
    }
    return [{ ...named(key, text), sessions: sessions ?? 0 }];
  });
  const full = all.flatMap(({ sessions }, place) => (sessions > 0 ? [place] : []));
  return { all: all.slice(full[0] ?? 0, (full.at(-1) ?? -1) + 1), without };
}

/** `<5`, `5-10`, `10-`; edges may be below zero. */
function named(key: string, text: (edge: number) => string): { title: string; short: string } {
  const below = /^<(-?\d+)$/.exec(key);
  if (below) return { title: `less than ${text(Number(below[1]))}`, short: `< ${text(Number(below[1]))}` };
  const open = /^(-?\d+)-$/.exec(key);
  if (open) return { title: `${text(Number(open[1]))} and more`, short: `≥ ${text(Number(open[1]))}` };
  const [, from, to] = /^(-?\d+)-(-?\d+)$/.exec(key) ?? [];
  if (from === undefined || to === undefined) return { title: key, short: key };
  return { title: `${text(Number(from))} up to ${text(Number(to))}`, short: text(Number(from)) };
}
