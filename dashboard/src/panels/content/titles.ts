/** What is known of titles beside their numbers: a name, and starts over time. */

import type { Answer } from '../../api/report';

export interface Title {
  /** The name that most of its sessions sent; the id if none did. */
  name: string;
  starts: number[];
}

/** Reads an answer by content id and name; an id that came with several names is one title. */
export function titles(answer: Answer | undefined): Map<string, Title> {
  const found = new Map<string, Title & { most: number }>();
  for (const { key: [id, name], values, series } of answer?.rows ?? []) {
    if (!id) continue;
    const sessions = values[0] ?? 0;
    const starts = series?.[0]?.map((value) => value ?? 0) ?? [];
    const known = found.get(id);
    if (!known) {
      found.set(id, { name: name || id, starts, most: name ? sessions : -1 });
      continue;
    }
    known.starts = known.starts.map((value, place) => value + (starts[place] ?? 0));
    if (name && sessions > known.most) Object.assign(known, { name, most: sessions });
  }
  return new Map([...found].map(([id, { name, starts }]) => [id, { name, starts }]));
}
