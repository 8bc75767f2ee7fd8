//! The metrics of a request: what has to be added up, and how numbers come from the sums.

use playhead_model::catalog::{
    Aggregate, CALCULATED, Measure, PERIOD_SECONDS, Scope, Unit, measures,
};
use playhead_model::report::{
    Cell, Formula, Heading, HeadingKind, MetricRequest, ReportError, Statistic, Term, did_you_mean,
};

use crate::filter::find_measure;
use crate::plan::Surroundings;

/// Most metrics of a report.
const METRICS_MAX: usize = 50;

/// Something to be gathered for each group of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) measure: Measure,
    pub(crate) how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// How many rows, or how many that have a value.
    Count,
    Sum,
    Minimum,
    Maximum,
    /// Different visitors.
    Visitors,
    /// How often each value occurs, for percentiles.
    Values,
}

/// What was gathered of a group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Gathered {
    Number(i128),
    /// The least or the greatest of nothing.
    Nothing,
    /// The value at each hundredth that is asked for.
    Percentiles(Vec<(u8, i64)>),
}

/// One metric of the answer.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) heading: Heading,
    formula: Formula,
    /// Set if it is a sum or a count as it is.
    pub(crate) plain: Option<Measure>,
}

/// All metrics of a request.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    pub(crate) needs: Vec<Need>,
    pub(crate) outputs: Vec<Output>,
    /// The hundredths asked for of each need.
    pub(crate) percents: Vec<Vec<u8>>,
    period_seconds: f64,
}

impl Metrics {
    /// # Errors
    /// If a metric is unknown, or a formula cannot be read.
    pub(crate) fn new(
        requests: &[MetricRequest],
        surroundings: &Surroundings,
        range: (i64, i64),
    ) -> Result<Self, ReportError> {
        if requests.is_empty() {
            let message = "a table needs at least one metric, such as \"sessions\"";
            return Err(ReportError::invalid("metrics", message));
        }
        if requests.len() > METRICS_MAX {
            return Err(ReportError::TooLarge {
                limit: "metrics of a report",
                message: format!(
                    "metrics: {} are asked for, {METRICS_MAX} are answered",
                    requests.len()
                ),
            });
        }
        let mut metrics = Self {
            needs: Vec::new(),
            outputs: Vec::new(),
            percents: Vec::new(),
            period_seconds: (range.1 - range.0) as f64 / 1_000.0,
        };
        for (number, request) in requests.iter().enumerate() {
            let field = format!("metrics[{number}]");
            let output = output(request, &field, surroundings)?;
            for term in output.formula.terms() {
                metrics.need(term, &field)?;
            }
            metrics.outputs.push(output);
        }
        Ok(metrics)
    }

    fn need(&mut self, term: &Term, field: &str) -> Result<(), ReportError> {
        if term.metric == PERIOD_SECONDS {
            return Ok(());
        }
        let measure = find_measure(&term.metric, field)?;
        check(&measure, term.statistic, field)?;
        for how in hows(&measure, term.statistic) {
            let place = self.place(&measure, *how).unwrap_or_else(|| {
                self.needs.push(Need {
                    measure: measure.clone(),
                    how: *how,
                });
                self.percents.push(Vec::new());
                self.needs.len() - 1
            });
            if let Some(Statistic::Percentile(percent)) = term.statistic
                && !self.percents[place].contains(&percent)
            {
                self.percents[place].push(percent);
            }
        }
        Ok(())
    }

    fn place(&self, measure: &Measure, how: How) -> Option<usize> {
        let mut needs = self.needs.iter();
        needs.position(|need| need.how == how && need.measure == *measure)
    }

    /// The scopes of everything that is needed.
    pub(crate) fn scopes(&self) -> Vec<Scope> {
        let mut scopes = Vec::new();
        for need in &self.needs {
            if !scopes.contains(&need.measure.scope) {
                scopes.push(need.measure.scope);
            }
        }
        scopes
    }

    /// The numbers of a group, from what was gathered for each need; `None` where its scope has no
    /// rows in the group.
    pub(crate) fn cells(&self, gathered: &[Option<Gathered>]) -> Vec<Cell> {
        let cell = |output: &Output| self.cell(output, gathered);
        self.outputs.iter().map(cell).collect()
    }

    fn cell(&self, output: &Output, gathered: &[Option<Gathered>]) -> Cell {
        if let Some(measure) = &output.plain {
            let how = hows(measure, None)[0];
            let sum = self.number(measure, how, gathered).unwrap_or(0);
            if measure.scale == 1 {
                return i64::try_from(sum).map_or(Cell::Float(sum as f64), Cell::Int);
            }
            return Cell::of(Some(sum as f64 / measure.scale as f64));
        }
        let is_whole = matches!(
            &output.formula,
            Formula::Term(Term { statistic: Some(statistic), .. }) if *statistic != Statistic::Mean
        );
        match output.formula.value(&|term| self.value(term, gathered)) {
            Some(value) if is_whole && value.fract() == 0.0 && value.abs() < 1e15 => {
                Cell::Int(value as i64)
            }
            value => Cell::of(value),
        }
    }

    fn value(&self, term: &Term, gathered: &[Option<Gathered>]) -> Option<f64> {
        if term.metric == PERIOD_SECONDS {
            return Some(self.period_seconds);
        }
        let need = self
            .needs
            .iter()
            .find(|need| need.measure.name == term.metric)?;
        let measure = &need.measure;
        let scale = measure.scale as f64;
        let number = |how| self.number(measure, how, gathered);
        let scaled = |how| number(how).map(|number| number as f64 / scale);
        match term.statistic {
            None => match measure.aggregate {
                Aggregate::Rows => Some(number(How::Count).unwrap_or(0) as f64),
                Aggregate::Visitors => Some(number(How::Visitors).unwrap_or(0) as f64),
                Aggregate::Sum => Some(scaled(How::Sum).unwrap_or(0.0)),
                Aggregate::Mean => mean(scaled(How::Sum), number(How::Count)),
            },
            Some(Statistic::Sum) => Some(scaled(How::Sum).unwrap_or(0.0)),
            Some(Statistic::Count) => Some(number(How::Count).unwrap_or(0) as f64),
            Some(Statistic::Mean) => mean(scaled(How::Sum), number(How::Count)),
            Some(Statistic::Minimum) => scaled(How::Minimum),
            Some(Statistic::Maximum) => scaled(How::Maximum),
            Some(Statistic::Same) => {
                let (least, most) = (number(How::Minimum)?, number(How::Maximum)?);
                (least == most).then_some(least as f64 / scale)
            }
            Some(Statistic::Percentile(percent)) => {
                let place = self.place(measure, How::Values)?;
                match gathered.get(place)?.as_ref()? {
                    Gathered::Percentiles(all) => all
                        .iter()
                        .find(|(at, _)| *at == percent)
                        .map(|(_, value)| *value as f64 / scale),
                    _ => None,
                }
            }
        }
    }

    fn number(&self, measure: &Measure, how: How, gathered: &[Option<Gathered>]) -> Option<i128> {
        match gathered.get(self.place(measure, how)?)?.as_ref()? {
            Gathered::Number(number) => Some(*number),
            _ => None,
        }
    }
}

fn mean(sum: Option<f64>, count: Option<i128>) -> Option<f64> {
    let count = count.filter(|count| *count > 0)?;
    Some(sum? / count as f64)
}

/// What has to be gathered for a statistic.
fn hows(measure: &Measure, statistic: Option<Statistic>) -> &'static [How] {
    match statistic {
        None => match measure.aggregate {
            Aggregate::Rows => &[How::Count],
            Aggregate::Visitors => &[How::Visitors],
            Aggregate::Sum => &[How::Sum],
            Aggregate::Mean => &[How::Sum, How::Count],
        },
        Some(Statistic::Sum) => &[How::Sum],
        Some(Statistic::Count) => &[How::Count],
        Some(Statistic::Mean) => &[How::Sum, How::Count],
        Some(Statistic::Minimum) => &[How::Minimum],
        Some(Statistic::Maximum) => &[How::Maximum],
        Some(Statistic::Same) => &[How::Minimum, How::Maximum],
        Some(Statistic::Percentile(_)) => &[How::Values],
    }
}

fn check(measure: &Measure, statistic: Option<Statistic>, field: &str) -> Result<(), ReportError> {
    let is_counted = matches!(measure.aggregate, Aggregate::Rows | Aggregate::Visitors);
    if statistic.is_some() && is_counted {
        let message = format!(
            "{:?} is counted over sessions and has no statistic",
            measure.name
        );
        return Err(ReportError::invalid(field, message));
    }
    Ok(())
}

fn output(
    request: &MetricRequest,
    field: &str,
    surroundings: &Surroundings,
) -> Result<Output, ReportError> {
    let (name, title, unit, text) = match request {
        MetricRequest::Formula { name, formula } => {
            (name.clone(), name.clone(), Unit::Number, formula.clone())
        }
        MetricRequest::Name(name) => match calculated(name, surroundings) {
            Some((title, unit, formula)) => (name.clone(), title, unit, formula),
            None => return named(name, field, surroundings),
        },
    };
    let formula = parse(&text, field, surroundings)?;
    let plain = None;
    let heading = Heading {
        name,
        title,
        unit: unit.name().to_owned(),
        kind: HeadingKind::Metric,
    };
    Ok(Output {
        heading,
        formula,
        plain,
    })
}

/// A metric by its name, or a statistic of one.
fn named(name: &str, field: &str, surroundings: &Surroundings) -> Result<Output, ReportError> {
    let formula = match playhead_model::catalog::measure(name) {
        Some(_) => Formula::Term(Term {
            metric: name.to_owned(),
            statistic: None,
        }),
        None => Formula::parse(name).map_err(|message| ReportError::invalid(field, message))?,
    };
    let Formula::Term(term) = &formula else {
        let message =
            format!("{name:?} is a formula; give it a name: {{\"name\": …, \"formula\": …}}");
        return Err(ReportError::invalid(field, message));
    };
    let measure = playhead_model::catalog::measure(&term.metric)
        .ok_or_else(|| unknown(&term.metric, field, surroundings))?;
    let is_plain = term.statistic.is_none() && measure.aggregate != Aggregate::Mean;
    let heading = Heading {
        name: name.to_owned(),
        title: measure.title.to_string(),
        unit: measure.unit.name().to_owned(),
        kind: HeadingKind::Metric,
    };
    Ok(Output {
        heading,
        plain: is_plain.then_some(measure),
        formula,
    })
}

fn unknown(name: &str, field: &str, surroundings: &Surroundings) -> ReportError {
    let all = measures();
    let names = all.iter().map(|it| &*it.name);
    let calculated = CALCULATED.iter().map(|it| it.name);
    let own = surroundings.formulas.iter().map(|it| it.name.as_str());
    let hint = did_you_mean(name, names.chain(calculated).chain(own));
    ReportError::invalid(field, format!("{name:?} is no metric{hint}"))
}

/// Title, unit and formula of a calculated metric.
fn calculated(name: &str, surroundings: &Surroundings) -> Option<(String, Unit, String)> {
    let ready = CALCULATED.iter().find(|it| it.name == name);
    let ready = ready.map(|it| (it.title.to_owned(), it.unit, it.formula.to_owned()));
    ready.or_else(|| {
        let own = surroundings.formulas.iter().find(|it| it.name == name)?;
        Some((own.title.clone(), Unit::Number, own.formula.clone()))
    })
}

/// Reads a formula, and puts those of calculated metrics in place of their names.
fn parse(text: &str, field: &str, surroundings: &Surroundings) -> Result<Formula, ReportError> {
    let wrong = |message| ReportError::invalid(format!("{field}.formula"), message);
    let formula = Formula::parse(text).map_err(wrong)?;
    let formula = formula.expand(&|term| {
        let (_, _, text) = calculated(&term.metric, surroundings)?;
        Formula::parse(&text).ok()
    });
    for term in formula.terms() {
        let is_known = term.metric == PERIOD_SECONDS
            || playhead_model::catalog::measure(&term.metric).is_some();
        if !is_known {
            return Err(unknown(&term.metric, field, surroundings));
        }
    }
    Ok(formula)
}
