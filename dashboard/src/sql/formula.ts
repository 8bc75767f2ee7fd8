/** Formulas of reports, read as docs/reports.md describes them. */

export type Formula =
  | { number: string }
  | { metric: string; statistic: string }
  | { negative: Formula }
  | { left: Formula; operator: string; right: Formula };

export const STATISTICS = ['sum', 'mean', 'min', 'max', 'count', 'same', 'median', 'p50', 'p90', 'p95', 'p99'];

/** The lesser and the greater of two formulas. */
const OF_TWO = ['min', 'max'];

/** Reads a formula; undefined if it is none. */
export function readFormula(text: string): Formula | undefined {
  const tokens = text.match(/\s+|`[^`]+`|\d+(?:\.\d+)?|[\p{L}_][\p{L}\p{N}_.]*|[-+*/(),]|./gu)?.filter((token) => token.trim() !== '') ?? [];
  let at = 0;
  const take = (wanted: string) => tokens[at] === wanted && (at += 1) > 0;
  const isName = (token: string | undefined) => token !== undefined && /^[`\p{L}_]/u.test(token);
  const name = (token: string) => token.replaceAll('`', '');
  const atom = (): Formula | undefined => {
    if (take('-')) {
      const negative = atom();
      return negative && { negative };
    }
    if (take('(')) {
      const inner = sum();
      return take(')') ? inner : undefined;
    }
    const token = tokens[at];
    at += 1;
    if (token === undefined) return undefined;
    if (/^\d/.test(token)) return { number: token };
    if (!isName(token)) return undefined;
    if (!take('(')) return { metric: name(token), statistic: '' };
    const first = sum();
    if (first && OF_TWO.includes(token) && take(',')) {
      const right = sum();
      return right && take(')') ? { left: first, operator: token, right } : undefined;
    }
    return STATISTICS.includes(token) && first && 'metric' in first && !first.statistic && take(')') ? { metric: first.metric, statistic: token } : undefined;
  };
  const chain = (operators: string[], next: () => Formula | undefined): Formula | undefined => {
    let left = next();
    while (left && operators.includes(tokens[at] ?? '')) {
      const operator = tokens[at]!;
      at += 1;
      const right = next();
      left = right && { left, operator, right };
    }
    return left;
  };
  const product = () => chain(['*', '/'], atom);
  const sum = (): Formula | undefined => chain(['+', '-'], product);
  const read = sum();
  return at === tokens.length ? read : undefined;
}

/** A metric, or what its values come to. */
export type Term = Extract<Formula, { metric: string }>;

export function terms(formula: Formula): Term[] {
  if ('metric' in formula) return [formula];
  if ('negative' in formula) return terms(formula.negative);
  return 'left' in formula ? [...terms(formula.left), ...terms(formula.right)] : [];
}

/** Puts formulas in place of the names of calculated metrics. */
export function expand(formula: Formula, formulaOf: (metric: string) => string | undefined): Formula | undefined {
  if ('metric' in formula) {
    const text = formula.statistic ? undefined : formulaOf(formula.metric);
    const inner = text === undefined ? formula : readFormula(text);
    return inner && inner !== formula ? expand(inner, formulaOf) : inner;
  }
  if ('negative' in formula) {
    const negative = expand(formula.negative, formulaOf);
    return negative && { negative };
  }
  if (!('left' in formula)) return formula;
  const [left, right] = [expand(formula.left, formulaOf), expand(formula.right, formulaOf)];
  return left && right && { left, operator: formula.operator, right };
}

/** The same in SQL: nothing where there is nothing to divide by. */
export function formulaSql(formula: Formula, term: (term: Term) => string): string {
  if ('number' in formula) return formula.number;
  if ('metric' in formula) return term(formula);
  if ('negative' in formula) return `-${inner(formula.negative, term)}`;
  const [left, right] = [inner(formula.left, term), inner(formula.right, term)];
  // Those of SQL take no notice of what is nothing.
  if (OF_TWO.includes(formula.operator)) {
    const [isLeft, isRight] = formula.operator === 'max' ? ['>=', '<'] : ['<=', '>'];
    return `CASE WHEN ${left} ${isLeft} ${right} THEN ${left} WHEN ${left} ${isRight} ${right} THEN ${right} END`;
  }
  return formula.operator === '/' ? `CAST(${left} AS DOUBLE) / nullif(${right}, 0)` : `${left} ${formula.operator} ${right}`;
}

const inner = (formula: Formula, term: (term: Term) => string) => {
  const text = formulaSql(formula, term);
  return 'left' in formula ? `(${text})` : text;
};
