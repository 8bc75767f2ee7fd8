/** Something that is asked for: loading, there, failed, or there but failed since. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/client';

export interface Resource<T> {
  data?: T;
  error?: ApiError;
  isLoading: boolean;
  reload: () => void;
}

/** Called when an answer says that the page is not logged in. */
export const unauthorized = { handle: () => {} };

/**
 * Asks when `key` changes, and again `every` so many ms after an answer if that is not 0. What is
 * there stays until the next answer, unless the key is another. An empty key asks nothing.
 */
export function useResource<T>(
  key: string,
  ask: (signal: AbortSignal) => Promise<T>,
  every = 0,
): Resource<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: ApiError; isLoading: boolean }>({
    key,
    isLoading: true,
  });
  const [round, setRound] = useState(0);
  const question = useRef(ask);
  question.current = ask;

  useEffect(() => {
    if (key === '') return;
    const abort = new AbortController();
    let timer = 0;
    const once = async () => {
      setState((old) => (old.key === key ? { ...old, isLoading: true } : { key, isLoading: true }));
      try {
        const data = await question.current(abort.signal);
        if (!abort.signal.aborted) setState({ key, data, isLoading: false });
      } catch (caught) {
        if (abort.signal.aborted) return;
        const error = caught instanceof ApiError ? caught : new ApiError(0, String(caught));
        if (error.status === 401) unauthorized.handle();
        setState((old) => ({ ...(old.key === key ? old : { key }), error, isLoading: false }));
      }
      if (every > 0 && !abort.signal.aborted) timer = window.setTimeout(once, every);
    };
    void once();
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, [key, every, round]);

  const current = state.key === key && key !== '' ? state : { isLoading: key !== '' };
  return { ...current, reload: () => setRound((number) => number + 1) };
}
