/** What stands where data would: loading, nothing, an error, a part, numbers that may change. */

import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api/client';
import type { Resource } from '../state/resource';

export function Loading({ what, isSlow = false }: { what: string; isSlow?: boolean | undefined }) {
  return (
    <div class="state" role="status">
      <span class="spinner" aria-hidden="true" /> Loading {what}…
      {isSlow && <div>{SLOW}</div>}
    </div>
  );
}

const SLOW = 'The server is still working on it. A shorter range or a filter makes it quicker.';

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <strong>{title}</strong>
      {children && <div>{children}</div>}
    </div>
  );
}

function says(error: ApiError): string {
  if (error.status === 0) return 'The server does not answer. It may be restarting, or the connection is gone. It is asked again every few seconds.';
  if (error.retryAfter !== undefined) return `${sentence(error.message)} It is asked again by itself.`;
  return error.limit ? sentence(error.message) : `${error.message} (${error.status})`;
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

function titleOf(error: ApiError): string {
  if (error.retryAfter !== undefined) return error.status === 429 ? 'The server is busy' : 'The server is not ready';
  return error.limit ? 'This is too much for one report' : 'This could not be loaded';
}

export function Failed({ error, again }: { error: ApiError; again?: () => void }) {
  return (
    <div class={`state ${error.retryAfter === undefined ? 'bad' : ''}`} role="alert">
      <strong>{titleOf(error)}</strong>
      <div>{says(error)}</div>
      {again && <button type="button" onClick={again}>Try again</button>}
    </div>
  );
}

/** Says in one line that what is shown is older than it should be. */
export function Stale({ error, again }: { error: ApiError; again: () => void }) {
  return (
    <div class="notice bad" role="alert">
      What is shown may be out of date. {says(error)}{' '}
      <button type="button" class="plain" onClick={again}>Try again</button>
    </div>
  );
}

interface LoadedProps<T> {
  resource: Resource<T>;
  what: string;
  children: (data: T) => ComponentChildren;
}

/** Shows data if there is some, and else why there is none. */
export function Loaded<T>({ resource, what, children }: LoadedProps<T>) {
  const { data, error, reload, isSlow } = resource;
  if (data === undefined) {
    return error ? <Failed error={error} again={reload} /> : <Loading what={what} isSlow={isSlow} />;
  }
  return (
    <>
      {error && <Stale error={error} again={reload} />}
      {isSlow && !error && <p class="notice live" role="status">{SLOW}</p>}
      {children(data)}
    </>
  );
}
