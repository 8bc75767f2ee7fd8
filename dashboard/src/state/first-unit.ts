import type { Answer } from '../api/report';

/** The start of the first unit of time in which there is something. */
export function firstUnit(answer: Pick<Answer, 'buckets' | 'totalSeries'>): number | undefined {
  const place = answer.totalSeries?.[0]?.findIndex((value) => (value ?? 0) > 0) ?? -1;
  return place < 0 ? undefined : answer.buckets?.[place];
}
