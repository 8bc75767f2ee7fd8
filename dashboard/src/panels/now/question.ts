/** From what is looked at to a question of the live stream. */

import type { Catalog } from '../../api/catalog';
import type { LiveQuestion } from '../../api/live';
import type { Bots } from '../../api/report';
import type { Condition } from '../../state/where';

/** Rows of each list. */
const TOP = 10;

/** Dimensions that are told while a session is open. */
export const isLive = (catalog: Catalog, name: string) =>
  name.startsWith('custom.') || catalog.dimensions.some((dimension) => dimension.name === name && dimension.live);

/** The stream takes one value of a dimension, or none. */
export function isTaken(catalog: Catalog, { name, way }: Condition): boolean {
  return isLive(catalog, name) && (way === 'is' || way === 'none');
}

export function liveQuestion(catalog: Catalog, suite: string, by: string[], conditions: Condition[], bots: Bots): LiveQuestion {
  const filters = conditions.filter((condition) => isTaken(catalog, condition)).map(({ name, value }): [string, string] => [name, value]);
  if (bots !== 'include') filters.push(['isBot', String(bots === 'only')]);
  return { suite, by: [...new Set(by)], top: TOP, filters };
}
