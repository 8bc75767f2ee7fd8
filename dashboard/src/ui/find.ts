/** Finding one of many by a few letters. */

export interface Choice {
  name: string;
  title: string;
  group?: string;
  hint?: string;
  about?: string;
}

/** Those in which every word that was typed occurs, the ones that begin with it first. */
export function find<T extends Choice>(choices: T[], typed: string): T[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return choices;
  const scored = choices.flatMap((choice) => {
    const [title, name] = [choice.title.toLowerCase(), choice.name.toLowerCase()];
    if (!words.every((word) => title.includes(word) || name.includes(word))) return [];
    const begins = [title, name].some((text) => text.startsWith(words[0]!));
    return [{ choice, rank: begins ? 0 : title.includes(words[0]!) ? 1 : 2 }];
  });
  return scored.sort((left, right) => left.rank - right.rank).map(({ choice }) => choice);
}
