/** The pages behind the first one of an answer, loaded on demand. */

import { useEffect, useRef, useState } from 'preact/hooks';

interface Page {
  next?: string | null;
}

/** With another `key` they are forgotten, and so is one that comes late. */
export function usePages<P extends Page>(key: string, first: P | undefined, ask: (cursor: string) => Promise<P>) {
  const [pages, setPages] = useState<P[]>([]);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const current = useRef(key);
  current.current = key;
  useEffect(() => {
    setPages([]);
    setBusy(false);
    setFailure('');
  }, [key]);
  const next = (pages.at(-1) ?? first)?.next;
  const load = async () => {
    const unlessAnother = (act: () => void) => current.current === key && act();
    setBusy(true);
    setFailure('');
    try {
      const page = await ask(next!);
      unlessAnother(() => setPages((known) => [...known, page]));
    } catch (error) {
      unlessAnother(() => setFailure((error as Error).message));
    }
    unlessAnother(() => setBusy(false));
  };
  return { pages, more: next ? load : null, isBusy, failure };
}
