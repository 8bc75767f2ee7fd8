/** Content time by place in the content, as a curve. */

import type { Mark } from '../../charts/plot-data';
import type { Answer } from '../../api/report';

export interface Curve {
  /** Starts of the places, seconds. */
  x: number[];
  /** Seconds between two places. */
  step: number;
  sessions: number[];
  /** Views of each place: time over its length. A session counts as often as it watched it. */
  first: number[];
  again: number[];
}

/** Every place from the first to the last one, also those that nobody watched. */
export function curve(answer: Answer): Curve {
  const step = answer.request.granularity === 'second' ? 1 : 60;
  const rows = new Map(answer.rows.map(({ key, values }) => [Number(key[0]), values]));
  const places = [...rows.keys()];
  const low = places.length === 0 ? 0 : places.reduce((a, b) => Math.min(a, b));
  const high = places.length === 0 ? -1 : places.reduce((a, b) => Math.max(a, b));
  const all = Array.from({ length: high - low + 1 }, (_, index) => low + index);
  const of = (metric: number, over: number) => all.map((place) => (rows.get(place)?.[metric] ?? 0) / over);
  return { x: all.map((place) => place * step), step, first: of(1, step), again: of(2, step), sessions: of(3, 1) };
}

export interface Loss {
  /** Seconds. */
  from: number;
  to: number;
  sessions: number;
  /** Part of those who watched the place before. */
  share: number;
}

/** Where most sessions watch one place and not the next, the greatest first. */
export function losses({ x, step, sessions }: Curve, most: number): Loss[] {
  const found = x.slice(1).map((at, place): Loss => {
    const [before, after] = [sessions[place]!, sessions[place + 1]!];
    return { from: at - step, to: at, sessions: before - after, share: before > 0 ? (before - after) / before : 0 };
  });
  return found.filter((loss) => loss.sessions > 0).sort((left, right) => right.sessions - left.sessions || left.from - right.from).slice(0, most);
}

/** The ad break that stands where they went. */
export const breakAt = ({ from, to }: Loss, breaks: Mark[]) => breaks.find(({ at }) => from <= at && at <= to);

/** Breaks that are rarer than this part of the commonest one are not marked. */
const RARE = 0.1;

/** Ad breaks by the second at which they were said to stand, the commonest ones. */
export function adMarks(answer: Answer | undefined): Mark[] {
  const most = answer?.rows[0]?.values[0] ?? 0;
  return (answer?.rows ?? []).flatMap(({ key: [second, name], values: [starts] }) => {
    const at = Number(second);
    const isKnown = second !== null && second !== undefined && Number.isFinite(at);
    return isKnown && (starts ?? 0) >= RARE * most ? [{ at, title: name || 'Ad break', tone: 'tone-ad' }] : [];
  });
}

/** Chapters by the place at which they were said to begin; every second one shaded. */
export function chapterMarks(answer: Answer | undefined): Mark[] {
  const chapters = (answer?.rows ?? []).flatMap(({ key: [name, offset, length] }) => {
    const [at, long] = [Number(offset), Number(length)];
    const isKnown = offset !== null && length !== null && Number.isFinite(at) && Number.isFinite(long) && long > 0;
    return isKnown ? [{ at, to: at + long, title: name || 'Chapter', tone: 'tone-chapter' }] : [];
  });
  return chapters.sort((left, right) => left.at - right.at || left.to - right.to)
    .filter((mark, place, all) => place === 0 || mark.at !== all[place - 1]!.at);
}
