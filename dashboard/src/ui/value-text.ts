/** Values of dimensions as people read them. */

const countries = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' });

/** `Germany` for the country `DE`; all else is what it is. */
export function valueText(dimension: string, value: string): string {
  return dimension === 'country' && /^[A-Z]{2}$/.test(value) ? (countries.of(value) ?? value) : value;
}
