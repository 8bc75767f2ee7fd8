/** Whether there is nothing to show yet. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../api/client';
import type { SessionList } from '../api/types';
import { useApp } from './app';
import { useResource, type Resource } from './resource';

/** How often it is looked for the first session, ms. */
const EVERY = 1_000;

interface FirstRun {
  /** True on a server that has no session, until somebody goes to another page after one came; undefined while that is not known. */
  isFirst: boolean | undefined;
  /** The session that came. */
  came: Resource<SessionList>;
}

export function useFirstRun(): FirstRun {
  const { server, address } = useApp();
  const [isFirst, setFirst] = useState(server.received === 0);
  const came = useResource(isFirst ? 'any session' : '', (signal) => get<SessionList>('/v1/sessions', { limit: 1 }, signal), EVERY);
  const isThere = came.data && came.data.sessions.length > 0;
  const wasThere = useRef(isThere);
  wasThere.current ??= isThere;
  const at = useRef(address);
  useEffect(() => {
    if (!isThere) at.current = address;
    else if (wasThere.current || at.current !== address) setFirst(false);
  }, [address, isThere]);
  const isKnown = wasThere.current !== undefined || came.error !== undefined;
  return { isFirst: isFirst && (isKnown ? !wasThere.current : undefined), came };
}
