/** What stands on a page. */

import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** The text of a figure by its title. */
export const figure = (page: Page, title: string) => page.locator(`.figures > div:has(:text-is("${title}")) dd`).innerText().then((text) => text.replace(/\s+/g, ' ').trim());

/** The card with this title. */
export const panel = (page: Page, title: string) => page.locator('section.card', { has: page.getByRole('heading', { name: title, exact: true }) });

/** The cells of the rows of a table, the first one of the page if none is given. */
export const rows = async (page: Page, within = page.locator('table').first()) =>
  within.locator('tbody tr').evaluateAll((found) => found.map((row) => [...row.children].map((cell) => (cell as HTMLElement).innerText.trim().replace(/\s+/g, ' '))));

/** Title and text of each bar of a list. */
export const bars = (page: Page, title: string) =>
  panel(page, title).locator('.bars li').evaluateAll((found) => found.map((row) => [...row.children].map((cell) => (cell as HTMLElement).innerText.trim())));

/** What the button of this name saves. */
export async function download(page: Page, name: string): Promise<string> {
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()]);
  return readFileSync(await file.path(), 'latin1');
}
