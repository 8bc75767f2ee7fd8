/** The path of values through a box, the greatest at its top, nothing at its bottom. */
export function sparkPath(values: (number | null)[], width: number, height: number): string {
  const most = values.reduce<number>((greatest, value) => Math.max(greatest, value ?? 0), 0) || 1;
  const x = (index: number) => (values.length > 1 ? (index * width) / (values.length - 1) : 0);
  const y = (value: number) => height - 2 - (value * (height - 4)) / most;
  if (values.length === 1) return `M0 ${y(values[0] ?? 0).toFixed(1)}H${width}`;
  return values.map((value, index) => `${index === 0 ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value ?? 0).toFixed(1)}`).join('');
}
