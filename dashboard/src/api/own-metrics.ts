/** Rates that the pages ask for as formulas, since the catalogue has only what they are made of. */

interface OwnMetric {
  title: string;
  formula: string;
  unit?: string;
}

const OWN: Record<string, OwnMetric> = {
  stalledRate: { title: 'Streams with a stall', formula: 'hasStallImpactedStreams / isPlayed' },
  errorRate: { title: 'Streams with an error', formula: 'hasErrorImpactedStreams / isViewed' },
  startFailureRate: { title: 'Start failures', formula: 'isStartFailure / isViewed' },
  exitBeforeStartRate: { title: 'Exits before start', formula: 'isExitBeforeStart / isViewed' },
  playbackFailureRate: { title: 'Playback failures', formula: 'isPlaybackFailure / isPlayed' },
  droppedPerMinute: { title: 'Dropped frames per minute', formula: '60 * droppedFrames / timePlayed' },
  stallsPerHour: { title: 'Stalls per hour', formula: '3600 * stallCount / timePlayed' },
  adTimeShare: { title: 'Ads, of the media time', formula: 'ad.timePlayed / totalTimePlayed' },
  sessionsPerVisitor: { title: 'Sessions per visitor', formula: 'sessions / visitors' },
  timePerVisitor: { title: 'Content time per visitor', formula: 'timePlayed / visitors', unit: 's' },
};

export const ownMetric = (name: string): OwnMetric | undefined => (Object.hasOwn(OWN, name) ? OWN[name] : undefined);

/** One of them as a report asks for it. */
export function own(name: string): { name: string; formula: string } {
  return { name, formula: ownMetric(name)!.formula };
}
