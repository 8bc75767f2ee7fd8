/** New and returning visitors, by counting distinct ones three times. */

export interface Visitors {
  all: number;
  fresh: number;
  returning: number;
}

/**
 * Of the visitors of a range those are new that raise the number of all visitors up to its end:
 * `before` is the number before the range began, `upTo` that until it ended. Estimates may
 * contradict each other a little; then the parts still add up.
 */
export function newAndReturning(all: number, before: number, upTo: number): Visitors {
  const fresh = Math.min(all, Math.max(0, upTo - before));
  return { all, fresh, returning: all - fresh };
}
