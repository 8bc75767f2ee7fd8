/** What a chart draws, apart from how. */

export interface Line {
  title: string;
  values: (number | null)[];
  /** A colour of the style sheet, without its dashes. */
  tone: string;
  /** `before`: the comparison, drawn apart. `over`: with gaps, in which another line with the same values is seen. */
  style?: 'line' | 'area' | 'before' | 'over';
  /** The place from which its numbers may change, if that is not so for all lines. */
  partialFrom?: number;
  /** A value in the readout. */
  format: (value: number | null) => string;
}

/** Something at a place of the axis, or from there to another. */
export interface Mark {
  at: number;
  to?: number;
  title: string;
  tone: string;
}

export interface Band {
  line: Line;
  values: (number | null)[];
  isPartial: boolean;
}

/** Lines as they are drawn: what may change is a line of its own, which begins where the other ends. */
export function bands(lines: Line[], partialFrom?: number): Band[] {
  const order = [...lines].sort((left, right) => Number(right.style === 'before') - Number(left.style === 'before'));
  return order.flatMap((line): Band[] => {
    const from = line.partialFrom ?? partialFrom;
    const isWhole = line.style === 'before' || from === undefined || from >= line.values.length;
    if (isWhole) return [{ line, values: line.values, isPartial: false }];
    const solid = line.values.map((value, index) => (index < from ? value : null));
    const partial = line.values.map((value, index) => (index >= from - 1 ? value : null));
    return [{ line, values: solid, isPartial: false }, { line, values: partial, isPartial: true }];
  });
}

/** The axis of values: from zero, or from below it, with a little room on top. */
export function valueRange(least: number | null, most: number | null): [number, number] {
  const low = Math.min(0, least ?? 0);
  const high = Math.max(0, most ?? 0);
  return high === 0 && low === 0 ? [0, 1] : [low === 0 ? 0 : low * 1.08, high * 1.08];
}

/** Round steps of the axis of values where tens are none: those of time, and of what comes in whole numbers. */
export function stepsOf(unit: string): number[] | undefined {
  if (unit === 's') return [0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18_000, 36_000, 72_000, 180_000, 360_000, 720_000, 1_800_000, 3_600_000, 7_200_000, 18_000_000, 36_000_000, 180_000_000];
  if (unit === 'count' || unit === 'flag') {
    return Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
  }
  return undefined;
}
