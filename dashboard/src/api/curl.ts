/** A request as a line for a shell. */

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
const token = (asks: boolean) => (asks ? [`-H "Authorization: Bearer $TOKEN"`] : []);

export function curl(origin: string, path: string, request: unknown, asksForToken: boolean): string {
  return [
    `curl -sS ${quoted(origin + path)}`,
    ...token(asksForToken),
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(JSON.stringify(request))}`,
  ].join(' \\\n  ');
}

/** What comes is shown as it comes. */
export function curlStream(origin: string, path: string, asksForToken: boolean): string {
  return [`curl -sSN ${quoted(origin + path)}`, ...token(asksForToken)].join(' \\\n  ');
}
