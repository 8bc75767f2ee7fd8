import { useMemo } from 'preact/hooks';
import { askReport } from '../../api/client';
import type { Answer, Row } from '../../api/report';
import { usePages } from '../../state/pages';

/** The rows of an answer and of the pages behind it. */
export function useMore(first: Answer | undefined) {
  const { pages, ...loading } = usePages(first ? JSON.stringify(first.request) : '', first, (cursor) => askReport({ ...first!.request, asOf: first!.asOf, cursor }));
  const rows = useMemo((): Row[] => [first, ...pages].flatMap((page) => page?.rows ?? []), [first, pages]);
  return { rows, ...loading };
}
