const REASONS: Record<string, string> = {
  sessionEnd: 'ended',
  'timeout-no-events': 'no events',
  'timeout-no-playhead-change': 'playhead still',
  'timeout-session-age': 'too old',
};

export const REASON_TITLES: Record<string, string> = {
  sessionEnd: 'The player said that it ended',
  'timeout-no-events': 'Ten minutes without an event',
  'timeout-no-playhead-change': 'Thirty minutes without a move of the playhead',
  'timeout-session-age': 'It was open for a day',
};

/** Open or how it ended. */
export function StateBadge({ isOpen, reason }: { isOpen: boolean; reason: string }) {
  if (isOpen) {
    return <span class="badge live" title="The numbers are provisional until it closes">open</span>;
  }
  const tone = reason === 'sessionEnd' ? 'good' : 'warn';
  return <span class={`badge ${tone}`} title={REASON_TITLES[reason] ?? reason}>{REASONS[reason] ?? 'closed'}</span>;
}

const OUTCOMES: Record<string, string> = { after_close: 'after close' };
const TONES: Record<string, string> = {
  accepted: 'good', late: 'warn', ignored: 'warn', duplicate: 'plain', after_close: 'bad', held: 'live',
};

export function OutcomeBadge({ outcome }: { outcome: string }) {
  return <span class={`badge ${TONES[outcome] ?? 'bad'}`}>{OUTCOMES[outcome] ?? outcome.replace('_', ' ')}</span>;
}
