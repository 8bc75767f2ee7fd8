/** A report over time as a chart draws it. */

import type { Answer, Cell } from '../../api/report';
import { UNIT_LENGTHS } from '../../state/question';

export interface TimeSeries {
  /** Starts of the units of time, ms. */
  x: number[];
  values: Cell[];
  before: Cell[] | undefined;
  /** When each unit of the comparison began. */
  beforeAt: number[];
  /** Length of a unit, ms: of the last one as of those before it. */
  length: (place: number) => number;
  /** The place from which on numbers may change. */
  partialFrom: number | undefined;
}

/** One metric of the answer by unit of time; `isOpen` says that the range goes up to now. */
export function timeSeries(answer: Answer, metric: number, isOpen: boolean): TimeSeries {
  const x = answer.buckets ?? [];
  const last = x.length > 1 ? x.at(-1)! - x.at(-2)! : 1_000;
  // What chose its step by itself names none.
  const known = UNIT_LENGTHS.find(([name]) => name === answer.request.granularity)?.[1] ?? last;
  const before = answer.compared?.totalSeries?.[metric];
  return {
    x,
    values: answer.totalSeries?.[metric] ?? [],
    before: before && x.map((_, place) => before[place] ?? null),
    beforeAt: answer.compared?.buckets ?? [],
    length: (place) => (place + 1 < x.length ? x[place + 1]! - x[place]! : known),
    partialFrom: isOpen && x.length > 0 ? x.length - 1 : undefined,
  };
}
