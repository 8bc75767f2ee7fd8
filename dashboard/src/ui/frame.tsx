/** The frame of every page: where one is, what is looked at, and the way elsewhere. */

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { post } from '../api/client';
import { toPage, withFilters } from '../state/address';
import { useApp } from '../state/app';
import { applyTheme, chosenTheme, nextTheme, type Theme } from '../state/theme';
import { ConditionChip } from './filters';
import { Link } from './link';
import { RangePicker } from './range-picker';

/** The pages of the navigation. */
export const PAGES = [
  { path: '/now', title: 'Now', key: 'n' },
  { path: '/content', title: 'Content', key: 'c' },
  { path: '/quality', title: 'Quality', key: 'q' },
  { path: '/ads', title: 'Ads', key: 'a' },
  { path: '/audience', title: 'Audience', key: 'u' },
  { path: '/explore', title: 'Explore', key: 'e' },
  { path: '/sessions', title: 'Sessions', key: 's' },
  { path: '/health', title: 'Integration health', key: 'h' },
] as const;

const THEME_TITLES: Record<Theme, string> = { system: 'as the system', light: 'light', dark: 'dark' };

export function Frame({ children }: { children: ComponentChildren }) {
  const { address, server } = useApp();
  const path = address.path === '/' ? '/content' : address.path;
  const [theme, setTheme] = useState(chosenTheme);
  const help = useRef<HTMLDialogElement>(null);
  const turn = () => {
    const next = nextTheme(theme);
    applyTheme(next);
    setTheme(next);
  };
  // On a phone there is no room for all of them.
  const pages = useRef<HTMLElement>(null);
  useEffect(() => {
    const [all, shown] = [pages.current, pages.current?.querySelector('[aria-current]')].map((element) => element?.getBoundingClientRect());
    if (all && shown) pages.current!.scrollLeft += Math.min(0, shown.left - all.left) + Math.max(0, shown.right - all.right);
  }, [path]);
  useShortcuts({ t: turn, '?': () => help.current?.showModal() });
  return (
    <>
      <a class="skip" href="#main">To the content</a>
      <header>
        <div class="bar">
          <Link to={toPage(address, '/')} class="brand">
            <Mark /> playhead
          </Link>
          <nav ref={pages} aria-label="Pages">
            {PAGES.map((page) => (
              <Link
                key={page.path}
                to={toPage(address, page.path)}
                current={path === page.path || path.startsWith(`${page.path}/`)}
              >
                {page.title}
              </Link>
            ))}
          </nav>
          <div class="tools">
            <Link to={toPage(address, '/connect')} class="button" current={address.path === '/connect'}>Connect a player</Link>
            <button type="button" class="icon" onClick={turn} title={`Colours: ${THEME_TITLES[theme]} (t)`}
              aria-label={`Colours: ${THEME_TITLES[theme]}`}>
              <span aria-hidden="true">{theme === 'dark' ? '☾' : theme === 'light' ? '☀' : '◐'}</span>
            </button>
            <button type="button" class="icon" onClick={() => help.current?.showModal()} aria-label="Keys" title="Keys (?)">
              <span aria-hidden="true">?</span>
            </button>
            {server.asksForToken && <Logout />}
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>{children}</main>
      <footer>
        playhead {server.version}
        {server.clock === 'manual' && ' · the clock of this server is moved by hand'}
      </footer>
      <Help dialog={help} />
    </>
  );
}

interface ScopeProps {
  /** Pages whose numbers know no time leave the range away. */
  hasRange?: boolean;
  /** Reports are of one suite. */
  isOneSuite?: boolean;
  /** What stands beside the range. */
  tools?: ComponentChildren;
  children?: ComponentChildren;
}

/** What is looked at: suite, players, time. */
export function Scope({ hasRange = true, isOneSuite = false, tools, children }: ScopeProps) {
  const { address, go, server, suite: shown } = useApp();
  const set = (filters: Parameters<typeof withFilters>[1]) => go(withFilters(address, filters));
  const { suite = '', player, sdk } = address.filters;
  const isKnown = server.suites.some(({ id }) => id === suite);
  return (
    <div class="scope">
      <label>
        <span class="hidden">Report suite</span>
        <select value={isOneSuite ? shown : suite} onChange={(event) => set({ suite: event.currentTarget.value })}>
          {!isOneSuite && <option value="">All suites</option>}
          {server.suites.map(({ id }) => <option key={id} value={id}>{id}</option>)}
          {suite && !isKnown && <option value={suite}>{suite}</option>}
        </select>
      </label>
      {player && <Chip label="Player" text={player} drop={() => set({ player: '' })} />}
      {sdk && <Chip label="Version" text={sdk} drop={() => set({ sdk: '' })} />}
      {!isOneSuite && address.where.map((condition) => (
        <ConditionChip key={JSON.stringify(condition)} condition={condition} isIdle />
      ))}
      {children}
      <div class="scope-tools">
        {tools}
        {hasRange && <RangePicker />}
      </div>
    </div>
  );
}

export function Chip({ label, text, drop }: { label: string; text: string; drop: () => void }) {
  return (
    <span class="chip">
      {label}: <strong><bdi>{text}</bdi></strong>
      <button type="button" onClick={drop} aria-label={`Remove the filter ${label}`}>×</button>
    </span>
  );
}

function Logout() {
  const leave = async () => {
    await post('/v1/logout', {});
    location.reload();
  };
  return <button type="button" onClick={() => void leave()}>Log out</button>;
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M9 8h4v16H9zM16 9.5 25 16l-9 6.5z" />
    </svg>
  );
}

function Help({ dialog }: { dialog: { current: HTMLDialogElement | null } }) {
  const keys = [
    ...PAGES.map(({ key, title }) => [`g then ${key}`, title]),
    ['/', 'Search'],
    ['t', 'Colours: system, light, dark'],
    ['?', 'This list'],
    ['Esc', 'Close what is open'],
  ];
  return (
    <dialog ref={dialog} aria-labelledby="keys">
      <h2 id="keys">Keys</h2>
      <dl class="keys">
        {keys.map(([key, what]) => (
          <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>
        ))}
      </dl>
      <form method="dialog"><button type="submit">Close</button></form>
    </dialog>
  );
}

/** Keys without a modifier, while nobody types. */
function useShortcuts(keys: Record<string, () => void>) {
  const { address, go } = useApp();
  const now = useRef({ keys, address, go });
  now.current = { keys, address, go };
  useEffect(() => {
    let isGoing = false;
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const isTyping = target.matches('input, select, textarea');
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const { keys, address, go } = now.current;
      const page = PAGES.find(({ key }) => isGoing && key === event.key);
      isGoing = event.key === 'g';
      if (page) go(toPage(address, page.path));
      else if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('input[type=search]');
        if (!search) return;
        search.focus();
        event.preventDefault();
      } else keys[event.key]?.();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
