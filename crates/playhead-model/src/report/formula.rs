//! Expressions over metrics: `100 * ad.isCompleted / ad.isStarted`, `p95(timeToStart)`.
//!
//! Numbers, names, `statistic(name)`, `+ - * /`, `min(a, b)`, `max(a, b)` and parentheses. A name
//! that holds other characters stands in backquotes. What divides by zero, or takes part with
//! nothing, is nothing.

/// Longest formula, in bytes.
pub const FORMULA_BYTES_MAX: usize = 1_000;
/// Deepest nesting of parentheses and signs.
const DEPTH_MAX: usize = 32;

/// A formula that was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    Number(f64),
    Term(Term),
    Negative(Box<Formula>),
    Binary(Box<Formula>, Operator, Box<Formula>),
}

/// A metric, and what is made of its values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    pub metric: String,
    /// How the metric is aggregated if nothing is said: mostly its sum.
    pub statistic: Option<Statistic>,
}

/// What is made of the values of many sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Statistic {
    Sum,
    Mean,
    Minimum,
    Maximum,
    /// How many have a value.
    Count,
    /// The value if all have the same, else nothing.
    Same,
    /// The least value that at least so many hundredths of the values do not exceed.
    Percentile(u8),
}

impl Statistic {
    /// Every name with what it means.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("sum", Self::Sum),
        ("mean", Self::Mean),
        ("min", Self::Minimum),
        ("max", Self::Maximum),
        ("count", Self::Count),
        ("same", Self::Same),
        ("median", Self::Percentile(50)),
        ("p50", Self::Percentile(50)),
        ("p90", Self::Percentile(90)),
        ("p95", Self::Percentile(95)),
        ("p99", Self::Percentile(99)),
    ];

    fn of(name: &str) -> Option<Self> {
        let known = Self::NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, statistic)| *statistic)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Lesser,
    Greater,
}

impl Operator {
    /// Computes; nothing if there is nothing to divide by.
    pub fn apply(self, left: f64, right: f64) -> Option<f64> {
        match self {
            Self::Add => Some(left + right),
            Self::Subtract => Some(left - right),
            Self::Multiply => Some(left * right),
            Self::Divide => (right != 0.0).then(|| left / right),
            Self::Lesser => Some(left.min(right)),
            Self::Greater => Some(left.max(right)),
        }
    }

    /// That of two formulas in parentheses behind a name.
    fn of_two(name: &str) -> Option<Self> {
        match name {
            "min" => Some(Self::Lesser),
            "max" => Some(Self::Greater),
            _ => None,
        }
    }
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// What is wrong and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > FORMULA_BYTES_MAX {
            return Err(format!("a formula has at most {FORMULA_BYTES_MAX} bytes"));
        }
        let mut parser = Parser {
            text,
            at: 0,
            depth: 0,
        };
        let formula = parser.sum()?;
        match parser.peek() {
            None => Ok(formula),
            Some(found) => Err(parser.expected("an operator", Some(found))),
        }
    }

    /// Every metric it is made of.
    pub fn terms(&self) -> Vec<&Term> {
        match self {
            Self::Number(_) => Vec::new(),
            Self::Term(term) => vec![term],
            Self::Negative(inner) => inner.terms(),
            Self::Binary(left, _, right) => {
                let mut terms = left.terms();
                terms.extend(right.terms());
                terms
            }
        }
    }

    /// Computes, with `value` for each metric.
    pub fn value(&self, value: &impl Fn(&Term) -> Option<f64>) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Term(term) => value(term),
            Self::Negative(inner) => inner.value(value).map(|number| -number),
            Self::Binary(left, operator, right) => {
                operator.apply(left.value(value)?, right.value(value)?)
            }
        }
    }

    /// Puts a formula in place of each metric that `replace` knows.
    pub fn expand(self, replace: &impl Fn(&Term) -> Option<Formula>) -> Self {
        match self {
            Self::Number(number) => Self::Number(number),
            Self::Term(term) => replace(&term).unwrap_or(Self::Term(term)),
            Self::Negative(inner) => Self::Negative(Box::new(inner.expand(replace))),
            Self::Binary(left, operator, right) => Self::Binary(
                Box::new(left.expand(replace)),
                operator,
                Box::new(right.expand(replace)),
            ),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn sum(&mut self) -> Result<Formula, String> {
        let mut left = self.product()?;
        while let Some(sign @ ('+' | '-')) = self.peek() {
            self.step(sign);
            let operator = if sign == '+' {
                Operator::Add
            } else {
                Operator::Subtract
            };
            left = Formula::Binary(Box::new(left), operator, Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Formula, String> {
        let mut left = self.factor()?;
        while let Some(sign @ ('*' | '/')) = self.peek() {
            self.step(sign);
            let operator = if sign == '*' {
                Operator::Multiply
            } else {
                Operator::Divide
            };
            left = Formula::Binary(Box::new(left), operator, Box::new(self.factor()?));
        }
        Ok(left)
    }

    fn factor(&mut self) -> Result<Formula, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("a formula is nested at most {DEPTH_MAX} deep"));
        }
        let factor = self.factor_inside();
        self.depth -= 1;
        factor
    }

    fn factor_inside(&mut self) -> Result<Formula, String> {
        match self.peek() {
            Some('(') => {
                self.step('(');
                let inner = self.sum()?;
                self.close()?;
                Ok(inner)
            }
            Some('-') => {
                self.step('-');
                Ok(Formula::Negative(Box::new(self.factor()?)))
            }
            Some(digit) if digit.is_ascii_digit() => self.number(),
            Some('`') => {
                let metric = self.quoted()?;
                Ok(Formula::Term(Term {
                    metric,
                    statistic: None,
                }))
            }
            Some(letter) if is_name(letter) => self.term(),
            found => Err(self.expected("a number, a metric or `(`", found)),
        }
    }

    fn term(&mut self) -> Result<Formula, String> {
        let name = self.name();
        if self.peek() != Some('(') {
            return Ok(Formula::Term(Term {
                metric: name.to_owned(),
                statistic: None,
            }));
        }
        let statistic = Statistic::of(name).ok_or_else(|| {
            let names: Vec<&str> = Statistic::NAMES.iter().map(|(name, _)| *name).collect();
            format!("{name:?} is no statistic; there are {}", names.join(", "))
        })?;
        self.step('(');
        let first = self.sum()?;
        if let (Some(operator), Some(',')) = (Operator::of_two(name), self.peek()) {
            self.step(',');
            let second = self.sum()?;
            self.close()?;
            return Ok(Formula::Binary(Box::new(first), operator, Box::new(second)));
        }
        let Formula::Term(Term {
            metric,
            statistic: None,
        }) = first
        else {
            return Err(format!("{name:?} is made of a metric"));
        };
        self.close()?;
        Ok(Formula::Term(Term {
            metric,
            statistic: Some(statistic),
        }))
    }

    fn number(&mut self) -> Result<Formula, String> {
        let digits = self.take(|found| found.is_ascii_digit() || found == '.');
        let number = digits.parse();
        number
            .map(Formula::Number)
            .map_err(|_| format!("{digits:?} is no number"))
    }

    fn name(&mut self) -> &'a str {
        self.take(|found| is_name(found) || found.is_ascii_digit() || found == '.')
    }

    fn quoted(&mut self) -> Result<String, String> {
        self.step('`');
        let name = self.take_raw(|found| found != '`').to_owned();
        match self.peek() {
            Some('`') => self.step('`'),
            found => return Err(self.expected("a closing backquote", found)),
        }
        Ok(name)
    }

    fn close(&mut self) -> Result<(), String> {
        match self.peek() {
            Some(')') => {
                self.step(')');
                Ok(())
            }
            found => Err(self.expected("`)`", found)),
        }
    }

    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        self.take_raw(char::is_whitespace);
        self.text[self.at..].chars().next()
    }

    fn step(&mut self, over: char) {
        self.at += over.len_utf8();
    }

    fn take(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        self.take_raw(char::is_whitespace);
        self.take_raw(is_part)
    }

    fn take_raw(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.find(|found| !is_part(found)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn expected(&self, what: &str, found: Option<char>) -> String {
        match found {
            None => format!("the formula ends where {what} is expected"),
            Some(found) => format!("{what} is expected at byte {}, not {found:?}", self.at),
        }
    }
}

fn is_name(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<f64> {
        let known = |term: &Term| match term.metric.as_str() {
            "one" => Some(1.0),
            "state.my state.time" | "a.b" => Some(8.0),
            "zero" => Some(0.0),
            _ => None,
        };
        Formula::parse(text).unwrap().value(&known)
    }

    #[test]
    fn formulas_are_computed_in_the_order_of_school() {
        assert_eq!(value("1 + 2 * 3"), Some(7.0));
        assert_eq!(value("(1 + 2) * 3 - 4 / 8"), Some(8.5));
        assert_eq!(value("10 - 2 - 3"), Some(5.0));
        assert_eq!(value("-a.b / 2"), Some(-4.0));
        assert_eq!(value("`state.my state.time` * one"), Some(8.0));
    }

    #[test]
    fn nothing_to_divide_by_gives_nothing() {
        assert_eq!(value("one / zero"), None);
        assert_eq!(value("one + missing"), None);
    }

    #[test]
    fn the_lesser_and_the_greater_of_two_are_taken() {
        assert_eq!(value("max(0, one - a.b)"), Some(0.0));
        assert_eq!(value("min(one + 1, a.b) * 3"), Some(6.0));
        assert_eq!(value("max(0, min(5, a.b))"), Some(5.0));
        assert_eq!(value("max(0, one / zero)"), None);
    }

    #[test]
    fn statistics_are_read() {
        let formula = Formula::parse("p95(timeToStart) / median(`a b`)").unwrap();
        let terms = formula.terms();
        assert_eq!(terms[0].statistic, Some(Statistic::Percentile(95)));
        assert_eq!(
            (terms[1].metric.as_str(), terms[1].statistic),
            ("a b", Some(Statistic::Percentile(50)))
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, part) in [
            ("", "ends"),
            ("1 +", "ends"),
            ("a b", "operator"),
            ("(a", "`)`"),
            ("p12(a)", "no statistic"),
            ("sum(a, b)", "`)`"),
            ("max(a, b, c)", "`)`"),
            ("max(2 * a)", "of a metric"),
            ("1.2.3", "no number"),
            ("`a", "backquote"),
            ("a ? b", "operator"),
        ] {
            let error = Formula::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
        let deep = ["(".repeat(400), "1".into(), ")".repeat(400)].concat();
        assert!(Formula::parse(&deep).unwrap_err().contains("deep"));
        let signs = "-".repeat(900);
        assert!(Formula::parse(&signs).unwrap_err().contains("deep"));
        assert!(
            Formula::parse(&"1+".repeat(2000))
                .unwrap_err()
                .contains("bytes")
        );
    }
}
