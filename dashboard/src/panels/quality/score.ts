/** A number for quality, made of what viewers notice. Its formula is one of reports. */

export interface ScorePart {
  name: string;
  title: string;
  formula: string;
  /** Points that are lost where the rate is at its threshold; in proportion elsewhere. */
  weight: number;
  /** A part of one. */
  threshold: number;
}

export const SCORE: ScorePart[] = [
  { name: 'start', title: 'Start failures', formula: 'isStartFailure / isViewed', weight: 20, threshold: 0.05 },
  { name: 'exit', title: 'Exits before start', formula: 'isExitBeforeStart / isViewed', weight: 10, threshold: 0.15 },
  { name: 'rebuffer', title: 'Rebuffer ratio', formula: 'rebufferTime / (timePlayed + rebufferTime)', weight: 20, threshold: 0.05 },
  { name: 'failure', title: 'Playback failures', formula: 'isPlaybackFailure / isPlayed', weight: 20, threshold: 0.05 },
  { name: 'stall', title: 'Streams with a stall', formula: 'hasStallImpactedStreams / isPlayed', weight: 10, threshold: 0.25 },
];

/** The formula: 100, less what each part takes, and never below 0. Parts that weigh nothing are left out. */
export function scoreFormula(parts: ScorePart[]): string {
  const terms = parts.filter(({ weight }) => weight > 0).map(({ formula, weight, threshold }) => `${plain(weight / threshold)} * ${formula}`);
  return `max(0, ${['100', ...terms].join(' - ')})`;
}

/** A number without an exponent, as formulas have them. */
const plain = (value: number) => value.toFixed(4).replace(/\.?0+$/, '');

/** What was changed, for the address: `start:30:0.01`. */
export function writeScore(parts: ScorePart[]): string[] {
  return parts.flatMap((part) => {
    const usual = SCORE.find(({ name }) => name === part.name)!;
    return part.weight === usual.weight && part.threshold === usual.threshold ? [] : [`${part.name}:${part.weight}:${part.threshold}`];
  });
}

/** The parts with what an address changes; what makes no sense changes nothing. */
export function readScore(changes: string[]): ScorePart[] {
  return SCORE.map((part) => {
    const change = changes.map((text) => text.split(':')).find(([name]) => name === part.name);
    const [weight, threshold] = [Number(change?.[1]), Number(change?.[2])];
    return weight >= 0 && weight <= 1000 && threshold > 0 && threshold <= 1 ? { ...part, weight, threshold } : part;
  });
}

/** The score as a metric of the settings, for all reports. */
export function scoreSettings(parts: ScorePart[]): string {
  return ['[metrics.qualityScore]', 'title = "Quality score"', `formula = "${scoreFormula(parts)}"`].join('\n');
}
