/** Chooses one of many by name: a button that opens a search over a list. */

import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { find, type Choice } from './find';

interface Props {
  /** What the button says. */
  text: string;
  /** What it is for, for those who don't see where it stands. */
  label: string;
  choices: Choice[];
  onPick: (name: string) => void;
  placeholder?: string;
  /** Takes what was typed as it is; says what it would be taken for. */
  free?: (typed: string) => string | null;
  onType?: (typed: string) => void;
}

const SHOWN_MAX = 80;

export function Pick({ text, label, choices, onPick, placeholder = 'Search', free, onType }: Props) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    input.current?.focus();
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener('pointerdown', outside);
    return () => removeEventListener('pointerdown', outside);
  }, [isOpen]);
  useEffect(() => document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' }), [at]);
  const asTyped = typed && free ? free(typed) : null;
  const found = find(choices, typed).slice(0, SHOWN_MAX);
  const all: Choice[] = asTyped ? [...found, { name: typed, title: asTyped }] : found;
  const close = () => {
    setOpen(false);
    setTyped('');
    setAt(0);
    button.current?.focus();
  };
  const pick = (choice: Choice | undefined) => {
    if (!choice) return;
    close();
    onPick(choice.name);
  };
  const press = (event: KeyboardEvent) => {
    const act: Record<string, () => void> = {
      ArrowDown: () => setAt(Math.min(all.length - 1, at + 1)),
      ArrowUp: () => setAt(Math.max(0, at - 1)),
      Enter: () => pick(all[at]),
      Escape: close,
    };
    if (!act[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    act[event.key]!();
  };
  return (
    <div class="pick" ref={box}>
      <button type="button" ref={button} aria-expanded={isOpen} aria-label={label} onClick={() => setOpen(!isOpen)}>{text}</button>
      {isOpen && (
        <div class="menu list">
          <input
            ref={input}
            type="text"
            role="combobox"
            aria-label={label}
            aria-expanded={all.length > 0}
            aria-controls={id}
            aria-activedescendant={all.length > 0 ? `${id}-${at}` : undefined}
            placeholder={placeholder}
            value={typed}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              setAt(0);
              onType?.(event.currentTarget.value);
            }}
            onKeyDown={press}
          />
          {all.length > 0 && <ul role="listbox" id={id} aria-label={label} tabIndex={-1}>
            {all.map((choice, place) => (
              <li
                key={`${choice.group ?? ''} ${choice.name}`}
                id={`${id}-${place}`}
                role="option"
                aria-selected={place === at}
                title={choice.about}
                onPointerMove={() => setAt(place)}
                onClick={() => pick(choice)}
              >
                <span><bdi>{choice.title}</bdi></span>
                {choice.name !== choice.title && <span class="quiet"><bdi>{choice.hint ?? choice.name}</bdi></span>}
              </li>
            ))}
          </ul>}
          {all.length === 0 && <p class="quiet">There is nothing like it.</p>}
        </div>
      )}
    </div>
  );
}
