/** What each refusal and each rule means for whoever wrote the player, and what to change there. */

export type Severity = 'bad' | 'warn' | 'info';

export interface Advice {
  title: string;
  /** The clause of the definitions (R) or of the protocol (P). */
  rule: string;
  severity: Severity;
  change: string;
  /** Below this share of the events received it is the ordinary life of a network. */
  harmlessShare?: number;
}

export const REFUSED: Record<string, Advice> = {
  invalid: {
    title: 'Bodies that break the protocol',
    rule: 'P 400',
    severity: 'bad',
    change: 'Nothing of these events was counted. Send what the message names: each sample below says which member is missing or wrong.',
  },
  not_allowed: {
    title: 'A report suite that is not taken here',
    rule: 'P 400',
    severity: 'bad',
    change: 'Correct analytics.reportSuite in the player, or add the suite to door.suites on the server.',
  },
  too_large: {
    title: 'Bodies above the limit',
    rule: 'P 413',
    severity: 'bad',
    change: 'Send fewer events in one array, and less custom metadata with each.',
  },
  unknown_session: {
    title: 'Events for a session that was never opened here',
    rule: 'P 404',
    severity: 'bad',
    change: 'Take the id from the Location of the answer to sessionStart, and wait for that answer before the first event. On 404 open a new session.',
  },
  after_close: {
    title: 'Events for a closed session',
    rule: 'P 410',
    severity: 'warn',
    change: 'A session ends with sessionEnd, or ten minutes after the last event. Ping while paused, and open a new session on 410.',
  },
  rate_limited: {
    title: 'Too many requests',
    rule: 'P 429',
    severity: 'warn',
    change: 'Wait as long as Retry-After says. A ping every ten seconds is enough in content, one a second in ads.',
  },
  unavailable: {
    title: 'Requests the server could not take',
    rule: 'P 503',
    severity: 'bad',
    change: 'This is not the player: see /readyz for the reason. A player should send the event again after Retry-After.',
  },
};

export const RULES: Record<string, Advice> = {
  'R2.2': {
    title: 'Events sent twice',
    rule: 'R2.2',
    severity: 'info',
    harmlessShare: 0.02,
    change: 'A retry changes no number. Many of them mean that the player does not wait for answers: let a request take ten seconds before it is sent again.',
  },
  'R2.4': {
    title: 'Late events',
    rule: 'R2.4',
    severity: 'warn',
    harmlessShare: 0.01,
    change: 'They came too late to be put in order, so their time was raised. Send events one after the other, and set ts when something happens rather than when it is sent.',
  },
  'R2.5 no events': {
    title: 'Events after ten minutes of silence',
    rule: 'R2.5',
    severity: 'warn',
    change: 'The session had ended by then. Ping while paused and while buffering too, or open a new session when playback goes on.',
  },
  'R2.5 no playhead change': {
    title: 'Events after the playhead stood still for thirty minutes',
    rule: 'R2.5',
    severity: 'warn',
    change: 'Send the place in the content with every ping. End the session when somebody leaves a pause for good.',
  },
  'R2.7 after the end': {
    title: 'Events after the end of their session',
    rule: 'R2.7',
    severity: 'warn',
    change: 'Stop the ping timer before sessionEnd is sent; nothing counts after it.',
  },
  'R2.7 completed': {
    title: 'Pauses or buffering after the content was complete',
    rule: 'R2.7',
    severity: 'info',
    change: 'Players often pause at the end by themselves. Send nothing between sessionComplete and sessionEnd.',
  },
  'R5.1 repeated break': {
    title: 'Ad breaks that begin twice',
    rule: 'R5.1',
    severity: 'warn',
    change: 'Send adBreakStart once, before the first ad, and adBreakComplete after the last.',
  },
  'R5.2 outside a break': {
    title: 'Ads outside of a break',
    rule: 'R5.2',
    severity: 'bad',
    change: 'These ads are not counted. Send adBreakStart before the first adStart of each pod, for one ad too.',
  },
  'R5.2 no open ad': {
    title: 'Ends of ads that never began',
    rule: 'R5.2',
    severity: 'warn',
    change: 'Send adStart when an ad begins, and adComplete or adSkip once for each.',
  },
  'R6 no open chapter': {
    title: 'Ends of chapters that never began',
    rule: 'R6',
    severity: 'warn',
    change: 'Send chapterStart when a chapter begins; a seek out of it is a chapterSkip.',
  },
  R7: {
    title: 'Player states that change nothing',
    rule: 'R7',
    severity: 'info',
    change: 'Send stateStart and stateEnd only when a state changes, and at most ten names in a session.',
  },
  'P3.4 repeated start': {
    title: 'Repeated starts',
    rule: 'P3.4',
    severity: 'info',
    harmlessShare: 0.005,
    change: 'They were answered with the session that was open already. Many of them mean that the player gives up on sessionStart too early.',
  },
};

/** What is seen in sessions rather than in single events. */
export const SESSIONS: Record<'startOnly' | 'noEnd' | 'noPings' | 'still' | 'skew' | 'noLength' | 'noVisitor', Advice> = {
  startOnly: {
    title: 'Sessions with a start and nothing else',
    rule: 'R2.5',
    severity: 'bad',
    change: 'No event followed sessionStart. Look whether the player reads Location from the answer, and whether its events reach the server.',
  },
  noEnd: {
    title: 'Sessions that fall silent',
    rule: 'R2.5',
    severity: 'warn',
    harmlessShare: 0.2,
    change: 'They ended because no event came for ten minutes. Send sessionEnd when the player is closed (sendBeacon in a browser), and ping while it is paused.',
  },
  noPings: {
    title: 'Pings that are missing',
    rule: 'live.active',
    severity: 'warn',
    harmlessShare: 0.02,
    change: 'The content went on for more than a minute without an event. Such viewers are missing among those of now, and what they watched is lost if the player dies. Ping every ten seconds.',
  },
  still: {
    title: 'Playheads that stand still',
    rule: 'R4.4',
    severity: 'bad',
    change: 'The player says that it plays, but sends the same playhead each time. Read the place in the content anew for every ping.',
  },
  skew: {
    title: 'Clocks that are wrong',
    rule: 'P playerTime.ts',
    severity: 'warn',
    change: 'playerTime.ts of the start is more than a minute from its arrival. Send ms since 1970 UTC; on devices with a wrong clock take the time from a server.',
  },
  noLength: {
    title: 'Recordings without a length',
    rule: 'R4.6',
    severity: 'warn',
    change: 'Without media.length there are no progress markers and no average minute audience. Send it in seconds with sessionStart.',
  },
  noVisitor: {
    title: 'Sessions without a visitor',
    rule: 'P 3.1',
    severity: 'info',
    change: 'They count as viewers of their own. Send analytics.visitorId or visitor.marketingCloudUserId, the same each time on one device.',
  },
};
