/** Hours of days as a map of heat. */

import type { Answer } from '../../api/report';

export const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

export interface Heat {
  /** By day from Monday, then by hour. */
  values: number[][];
  most: number;
}

/** Reads rows by day of week and hour of day. */
export function heat(answer: Answer): Heat {
  const values = DAYS.map(() => Array.from({ length: 24 }, () => 0));
  let most = 0;
  for (const { key: [day, hour], values: [value] } of answer.rows) {
    const row = values[DAYS.indexOf(day ?? '')];
    const place = Number(hour);
    if (!row || hour === null || !(place in row)) continue;
    row[place] = value ?? 0;
    most = Math.max(most, value ?? 0);
  }
  return { values, most };
}
