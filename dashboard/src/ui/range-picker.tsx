/** Chooses a range of time, in the zone of the suite or another. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../state/app';
import { PRESETS, rangeTitle, type Range } from '../state/ranges';
import { browserZone, dayName } from '../state/zones';

export function RangePicker() {
  const { address, go, zone, now } = useApp();
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key === 'Escape') close();
    };
    addEventListener('pointerdown', outside);
    addEventListener('keydown', escape);
    return () => {
      removeEventListener('pointerdown', outside);
      removeEventListener('keydown', escape);
    };
  }, [isOpen]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const choose = (range: Range) => {
    go({ ...address, range });
    close();
  };
  const today = dayName(now(), zone);
  const chosen = 'first' in address.range ? address.range : { first: today, last: today };
  const days = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const [first, last] = [String(form.get('first')), String(form.get('last'))].sort();
    if (first && last) choose({ first, last });
  };
  const zones = [...new Set([browserZone(), 'UTC', ...(address.zone ? [address.zone] : [])])];
  return (
    <div class="picker" ref={box}>
      <button type="button" ref={button} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {rangeTitle(address.range)} <span class="quiet">{zone}</span> <span aria-hidden="true">▾</span>
      </button>
      {isOpen && (
        <div class="menu">
          <div class="presets">
            {PRESETS.map((preset) => (
              <button
                key={preset}
                type="button"
                class="plain"
                aria-pressed={'preset' in address.range && address.range.preset === preset}
                onClick={() => choose({ preset })}
              >
                {rangeTitle({ preset })}
              </button>
            ))}
          </div>
          <form onSubmit={days}>
            <label>From <input type="date" name="first" required defaultValue={chosen.first} max={today} /></label>
            <label>To <input type="date" name="last" required defaultValue={chosen.last} max={today} /></label>
            <button type="submit">Show these days</button>
          </form>
          <label>
            Time zone{' '}
            <select value={address.zone} onChange={(event) => go({ ...address, zone: event.currentTarget.value })}>
              <option value="">of the suite</option>
              {zones.map((name) => <option key={name} value={name}>{name}</option>)}
            </select>
          </label>
        </div>
      )}
    </div>
  );
}
