/** What stands where data would: loading, nothing, an error, a part, numbers that may change. */

import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api/client';
import type { Resource } from '../state/resource';

export function Loading({ what }: { what: string }) {
  return (
    <div class="state" role="status">
      <span class="spinner" aria-hidden="true" /> Loading {what}…
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <strong>{title}</strong>
      {children && <div>{children}</div>}
    </div>
  );
}

function says(error: ApiError): string {
  switch (error.status) {
    case 0:
      return 'The server does not answer. It may be restarting, or the connection is gone.';
    case 503:
      return `The server is not ready: ${error.message}.`;
    default:
      return `${error.message} (${error.status})`;
  }
}

export function Failed({ error, again }: { error: ApiError; again?: () => void }) {
  return (
    <div class="state bad" role="alert">
      <strong>This could not be loaded</strong>
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
  const { data, error, reload } = resource;
  if (data === undefined) {
    return error ? <Failed error={error} again={reload} /> : <Loading what={what} />;
  }
  return (
    <>
      {error && <Stale error={error} again={reload} />}
      {children(data)}
    </>
  );
}
