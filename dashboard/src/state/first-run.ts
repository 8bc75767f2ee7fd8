/** Whether there is nothing to show yet. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../api/client';
import type { SessionList } from '../api/types';
import { useApp } from './app';
import { useResource } from './resource';

/**
 * True on a server that has received nothing and stores nothing, until somebody looks for more after the first
 * session came; undefined while that is not known.
 */
export function useFirstRun(): boolean | undefined {
  const { server, address } = useApp();
  const [isFirst, setFirst] = useState(server.received === 0);
  const stored = useResource(isFirst ? 'any session' : '', (signal) => get<SessionList>('/v1/sessions', { limit: 1 }, signal));
  const seen = useRef(address);
  const wasEmpty = useRef<boolean>();
  if (wasEmpty.current === undefined && stored.data) wasEmpty.current = stored.data.sessions.length === 0;
  useEffect(() => {
    const isElsewhere = seen.current !== address;
    seen.current = address;
    if (wasEmpty.current === false || (server.received > 0 && isElsewhere)) setFirst(false);
  }, [address, server.received, stored.data]);
  return isFirst && (wasEmpty.current ?? (stored.error ? true : undefined));
}
