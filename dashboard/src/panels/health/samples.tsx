/** A refused body. It is whatever a stranger sent, so it is shown as text and nothing else. */

import type { Sample } from '../../api/types';
import { useApp } from '../../state/app';
import { bytes, moment, short } from '../../ui/format';

export function SampleBody({ sample }: { sample: Sample }) {
  const { zone, now } = useApp();
  return (
    <details class="sample">
      <summary><bdi>{short(sample.message, 300)}</bdi></summary>
      <p class="quiet">{moment(sample.at, zone, now())} · {bytes(sample.bodyBytes)}{sample.body.length < sample.bodyBytes && ', of which the beginning is kept'}</p>
      <pre tabIndex={0}>{readable(sample.body)}</pre>
    </details>
  );
}

/** JSON with lines, if it is JSON. */
function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body || '(empty)';
  }
}
