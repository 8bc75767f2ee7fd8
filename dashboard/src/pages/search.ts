/** What a search means: the beginning of a session id, or a part of the content's id or name. */
export function searchParameters(search: string | undefined): { sid?: string; content?: string } {
  if (!search) return {};
  const isSid = /^[0-9a-f]{8,64}$/i.test(search);
  return isSid ? { sid: search.toLowerCase() } : { content: search };
}
