/** What a table shows as a file for spreadsheets (RFC 4180). */

export type CsvCell = string | number | null;

/** Texts of players that a spreadsheet would take for a formula get an apostrophe in front. */
function quoted(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv(titles: string[], rows: CsvCell[][]): string {
  return [titles, ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

/** A name for a file from a title that may hold anything. */
export function fileName(title: string, kind = 'csv'): string {
  const words = title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
  return `${[...words].slice(0, 60).join('') || 'report'}.${kind}`;
}

/** Hands a file to the browser. */
export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

export const save = (name: string, text: string) => saveBlob(name, new Blob([text], { type: 'text/csv;charset=utf-8' }));
