/** The order of rows: `column` upwards, `-column` downwards, empty as they came. */

interface Sortable<Row> {
  name: string;
  sortBy?: (row: Row) => string | number | null;
}

/** The order after a click on a column: numbers begin with the greatest; the third click ends it. */
export function toggleSort(sort: string, name: string, isNumber = false): string {
  const order = isNumber ? [`-${name}`, name, ''] : [name, `-${name}`, ''];
  return order[(order.indexOf(sort) + 1) % order.length]!;
}

/** Sorts without touching what came; rows without a value stand last either way. */
export function sortRows<Row>(rows: Row[], columns: Sortable<Row>[], sort: string): Row[] {
  const isDown = sort.startsWith('-');
  const by = columns.find((column) => column.name === sort.replace('-', ''))?.sortBy;
  if (!by) return rows;
  const keyed = rows.map((row) => ({ row, key: by(row) }));
  keyed.sort((left, right) => {
    if (left.key === null || right.key === null) return Number(left.key === null) - Number(right.key === null);
    const order =
      typeof left.key === 'number' && typeof right.key === 'number'
        ? left.key - right.key
        : String(left.key).localeCompare(String(right.key));
    return isDown ? -order : order;
  });
  return keyed.map(({ row }) => row);
}
