/** Something that is asked for: loading, there, failed, or there but failed since. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/client';

export interface Resource<T> {
  data?: T;
  error?: ApiError;
  isLoading: boolean;
  /** It is asked for so long already that one wonders. */
  isSlow?: boolean;
  reload: () => void;
}

/** After which time a question is slow, ms. */
const SLOW_AFTER = 5_000;
/** After which time one that nobody answered is asked again, ms. */
const ABSENT_EVERY = 5_000;
/** The longest wait for a turn, ms. */
const BUSY_MAX = 30_000;

/** When to ask again after so many refusals in a row, ms; 0: what is wrong with the question stays so. */
export function againAfter(error: ApiError, refusals: number, every: number): number {
  if (error.retryAfter !== undefined) return Math.min(BUSY_MAX, error.retryAfter * 1_000 * 2 ** (refusals - 1));
  if (error.status === 0) return every > 0 ? Math.min(every, ABSENT_EVERY) : ABSENT_EVERY;
  return error.status < 500 ? 0 : every;
}

/** Called when an answer says that the page is not logged in. */
export const unauthorized = { handle: () => {} };

/**
 * Asks when `key` changes, and again `every` so many ms after an answer if that is not 0. What is
 * there stays until the next answer, unless the key is another. An empty key asks nothing. Where nobody
 * answers, or there is no turn, it is asked again by itself.
 */
export function useResource<T>(
  key: string,
  ask: (signal: AbortSignal) => Promise<T>,
  every = 0,
): Resource<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: ApiError; isLoading: boolean; isSlow?: boolean }>({
    key,
    isLoading: true,
  });
  const [round, setRound] = useState(0);
  const now = useRef({ ask, every });
  now.current = { ask, every };
  const plan = useRef(() => {});

  useEffect(() => {
    if (key === '') return;
    const abort = new AbortController();
    let [timer, slow, refusals, isAsking] = [0, 0, 0, false];
    const askIn = (ms: number) => {
      window.clearTimeout(timer);
      if (ms > 0) timer = window.setTimeout(once, ms);
    };
    const once = async () => {
      isAsking = true;
      setState((old) => (old.key === key ? { ...old, isLoading: true, isSlow: false } : { key, isLoading: true }));
      slow = window.setTimeout(() => setState((old) => ({ ...old, isSlow: true })), SLOW_AFTER);
      let error: ApiError | undefined;
      try {
        const data = await now.current.ask(abort.signal);
        if (!abort.signal.aborted) setState({ key, data, isLoading: false });
      } catch (caught) {
        if (abort.signal.aborted) return;
        const failed = caught instanceof ApiError ? caught : new ApiError(0, String(caught));
        if (failed.status === 401) unauthorized.handle();
        setState((old) => ({ ...(old.key === key ? old : { key }), error: failed, isLoading: false, isSlow: false }));
        error = failed;
      }
      if (abort.signal.aborted) return;
      window.clearTimeout(slow);
      isAsking = false;
      refusals = error ? refusals + 1 : 0;
      askIn(error ? againAfter(error, refusals, now.current.every) : now.current.every);
    };
    plan.current = () => {
      if (!isAsking) askIn(now.current.every);
    };
    void once();
    return () => {
      plan.current = () => {};
      abort.abort();
      window.clearTimeout(timer);
      window.clearTimeout(slow);
    };
  }, [key, round]);
  // Another pace begins behind the last answer, and asks nothing by itself.
  useEffect(() => plan.current(), [every]);

  const current = state.key === key && key !== '' ? state : { isLoading: key !== '' };
  return { ...current, reload: () => setRound((number) => number + 1) };
}
