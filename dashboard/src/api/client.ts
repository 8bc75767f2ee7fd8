/** Asking the console: only what docs/console.md describes. */

import type { Answer, ReportRequest } from './report';

export const REPORTS = '/v1/reports';

export type Parameters = Record<string, string | number | undefined>;

/** An answer that is none. Status 0: nobody answered. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** The limit that the question comes to. */
    readonly limit?: string,
    /** When it can be asked again, s: the server has no turn for it now. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** Those that may be otherwise in a moment. */
const FOR_NOW = [429, 503];

async function ask(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'The server does not answer.');
  }
  if (response.ok) return response;
  let said: { message?: string; limit?: string } = {};
  try {
    said = (await response.json()) as typeof said;
  } catch {
    // Not ours, so there is no more to say than the status.
  }
  const retryAfter = FOR_NOW.includes(response.status) ? Number(response.headers.get('Retry-After')) || 1 : undefined;
  throw new ApiError(response.status, said.message ?? response.statusText, said.limit, retryAfter);
}

export async function get<T>(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  const response = await ask(text ? `${path}?${text}` : path, signal ? { signal } : {});
  return (await response.json()) as T;
}

export async function post(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  return ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

/** A body that does not end by itself. */
export async function openStream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  return (await ask(path, { signal })).body!;
}

/** Asks for a report. */
export async function askReport(request: ReportRequest, signal?: AbortSignal): Promise<Answer> {
  return (await (await post(REPORTS, request, signal)).json()) as Answer;
}
