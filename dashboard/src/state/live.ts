/** The live stream: what it said last, and whether it goes on. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import { follow, type LiveFrame } from '../api/live';
import { noted, type History } from '../panels/now/history';
import { unauthorized } from './resource';

/** After which time it is asked again, ms. */
const AGAIN_AFTER = 2_000;

export interface Following {
  frame?: LiveFrame;
  history?: History;
  error?: ApiError;
  again: () => void;
}

/** Follows a path; while it is paused what was said last stays. A page that nobody sees does not listen. */
export function useLive(path: string, isPaused: boolean): Following {
  const [said, setSaid] = useState<{ path: string; frame?: LiveFrame; history?: History; error?: ApiError }>({ path });
  const [round, setRound] = useState(0);
  const isSeen = useIsSeen();
  const isOn = isSeen && !isPaused;
  const current = useRef(said);
  const say = (next: typeof said) => {
    current.current = next;
    setSaid(next);
  };

  useEffect(() => {
    if (!isOn) return;
    const abort = new AbortController();
    let timer = 0;
    const listen = async () => {
      try {
        await follow(path, abort.signal, (frame) => {
          const known = current.current.path === path ? current.current.history : undefined;
          if (!abort.signal.aborted) say({ path, frame, history: noted(known, frame) });
        });
      } catch (caught) {
        if (abort.signal.aborted) return;
        const error = caught instanceof ApiError ? caught : new ApiError(0, String(caught));
        if (error.status === 401) unauthorized.handle();
        say({ ...(current.current.path === path ? current.current : { path }), error });
        // What is wrong with a question stays so.
        if (error.status === 400) return;
      }
      if (!abort.signal.aborted) timer = window.setTimeout(listen, AGAIN_AFTER);
    };
    void listen();
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, [path, isOn, round]);

  const { frame, history, error } = said.path === path ? said : { ...said, frame: undefined, history: undefined, error: undefined };
  return {
    ...(frame ? { frame } : {}),
    ...(history ? { history } : {}),
    ...(error ? { error } : {}),
    again: () => setRound((number) => number + 1),
  };
}

function useIsSeen(): boolean {
  const [isSeen, setSeen] = useState(() => document.visibilityState === 'visible');
  useEffect(() => {
    const changed = () => setSeen(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', changed);
    return () => document.removeEventListener('visibilitychange', changed);
  }, []);
  return isSeen;
}
