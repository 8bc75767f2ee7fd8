/** From the stream to the ad that was watched to its end. */

import type { Answer } from '../../api/report';

export interface Step {
  title: string;
  about: string;
  value: number;
  /** Of what it is a part. */
  of: number;
}

/** Steps out of the answers for all streams, for those with ads, and for the first ads of breaks. */
export function adFunnel(all: Answer, withAds: Answer, breaks: Answer): Step[] {
  const [streams, starts, completes] = [0, 1, 2].map((place) => all.totals[place] ?? 0) as [number, number, number];
  const shown = withAds.totals[0] ?? 0;
  const begun = breaks.totals[0] ?? 0;
  return [
    { title: 'Streams', about: 'Media starts (R1.2)', value: streams, of: streams },
    { title: 'with an ad', about: 'Streams in which an ad started', value: shown, of: streams },
    { title: 'Breaks begun', about: 'Ads that started at the first position of a break', value: begun, of: begun },
    { title: 'Ads started', about: 'Ad starts (R5.2)', value: starts, of: starts },
    { title: 'completed', about: 'Ad completes (R5.4)', value: completes, of: starts },
    { title: 'skipped or left', about: 'Ad starts without a complete', value: starts - completes, of: starts },
  ];
}
