import type { ComponentChildren } from 'preact';

/** A number in a cell with a bar behind it, as long as its part of the greatest. */
export function Bar({ value, most, text }: { value: number | null; most: number; text: ComponentChildren }) {
  const part = most > 0 && value !== null ? Math.min(1, Math.max(0, value / most)) : 0;
  return (
    <span class="timebar">
      <span class="fill" style={{ width: `${100 * part}%` }} />
      <span>{text}</span>
    </span>
  );
}
