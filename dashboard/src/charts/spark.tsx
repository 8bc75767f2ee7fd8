/** A line without an axis, for a cell of a table. */

import { sparkPath } from './spark-path';

export function Spark({ values, title }: { values: (number | null)[]; title: string }) {
  return (
    <svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label={title}>
      <path d={sparkPath(values, 100, 24)} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
