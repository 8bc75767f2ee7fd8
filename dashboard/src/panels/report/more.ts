import { useEffect, useMemo, useState } from 'preact/hooks';
import { askReport } from '../../api/client';
import type { Answer, Row } from '../../api/report';

/** The rows of an answer and of the pages behind it, loaded on demand. */
export function useMore(first: Answer | undefined) {
  const [pages, setPages] = useState<Answer[]>([]);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const key = first && JSON.stringify(first.request);
  useEffect(() => setPages([]), [key]);
  const next = (pages.at(-1) ?? first)?.next;
  const load = async () => {
    setBusy(true);
    setFailure('');
    try {
      const page = await askReport({ ...first!.request, asOf: first!.asOf, cursor: next! });
      setPages((known) => [...known, page]);
    } catch (error) {
      setFailure((error as Error).message);
    }
    setBusy(false);
  };
  const rows = useMemo((): Row[] => [first, ...pages].flatMap((page) => page?.rows ?? []), [first, pages]);
  return { rows, more: next ? load : null, isBusy, failure };
}
