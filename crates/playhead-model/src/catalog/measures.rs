//! Metrics as reports know them: those of a session from the catalogue, those of ads, chapters and
//! states, and what is counted besides.

use std::borrow::Cow;

use super::{METRICS, Scope, Unit};

/// How the values of many sessions become one number, unless a statistic is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// How many rows there are.
    Rows,
    /// How many different visitors there are.
    Visitors,
    Sum,
    /// Sum of the values divided by their number: for what cannot be added.
    Mean,
}

/// A metric that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    pub name: Cow<'static, str>,
    pub title: Cow<'static, str>,
    pub scope: Scope,
    pub unit: Unit,
    pub aggregate: Aggregate,
    /// The column of the table of its scope.
    pub column: &'static str,
    /// What an integer of the column is divided by.
    pub scale: i64,
    /// Only rows of the player state of this name.
    pub state: Option<String>,
    pub rule: &'static str,
}

impl Measure {
    /// Whether rows of an answer add up to the total.
    pub fn is_additive(&self) -> bool {
        matches!(self.aggregate, Aggregate::Rows | Aggregate::Sum)
    }
}

/// A fraction per session is summed in parts of this.
pub const RATIO_SCALE: i64 = 1_000_000_000;
/// A length is kept in microseconds.
const LENGTH_SCALE: i64 = 1_000_000;

struct Part(
    Scope,
    &'static str,
    &'static str,
    Unit,
    &'static str,
    &'static str,
);

/// Metrics of the parts of a session: name, column, unit, rule, title.
const PARTS: &[Part] = &[
    Part(
        Scope::Ad,
        "ad.isStarted",
        "isStarted",
        Unit::Flag,
        "R5.2",
        "Ad starts",
    ),
    Part(
        Scope::Ad,
        "ad.isCompleted",
        "isCompleted",
        Unit::Flag,
        "R5.4",
        "Ad completes",
    ),
    Part(
        Scope::Ad,
        "ad.timePlayed",
        "timePlayed",
        Unit::Seconds,
        "R5.3",
        "Ad time spent",
    ),
    Part(
        Scope::Chapter,
        "chapter.isStarted",
        "isStarted",
        Unit::Flag,
        "R6",
        "Chapter starts",
    ),
    Part(
        Scope::Chapter,
        "chapter.isCompleted",
        "isCompleted",
        Unit::Flag,
        "R6",
        "Chapter completes",
    ),
    Part(
        Scope::Chapter,
        "chapter.timePlayed",
        "timePlayed",
        Unit::Seconds,
        "R6",
        "Chapter time spent",
    ),
    Part(
        Scope::State,
        "state.isSet",
        "isSet",
        Unit::Flag,
        "R7",
        "Streams impacted by a state",
    ),
    Part(
        Scope::State,
        "state.count",
        "count",
        Unit::Count,
        "R7",
        "State counts",
    ),
    Part(
        Scope::State,
        "state.time",
        "time",
        Unit::Seconds,
        "R7",
        "State total duration",
    ),
];

/// The player states that have metrics of their own (R7), each with its title.
pub const STATES: [(&str, &str); 5] = [
    ("fullscreen", "full screen"),
    ("mute", "mute"),
    ("closedCaptioning", "closed captioning"),
    ("pictureInPicture", "picture in picture"),
    ("inFocus", "in focus"),
];

/// Every metric with a name of its own.
pub fn measures() -> Vec<Measure> {
    let mut all = vec![
        counted("sessions", "Sessions", Aggregate::Rows),
        counted("visitors", "Unique visitors", Aggregate::Visitors),
    ];
    all.extend(METRICS.iter().map(|spec| Measure {
        name: spec.name.into(),
        title: spec.title.into(),
        scope: Scope::Session,
        unit: spec.unit,
        aggregate: match spec.unit {
            Unit::Kbps | Unit::Number => Aggregate::Mean,
            _ => Aggregate::Sum,
        },
        column: spec.name,
        scale: if spec.unit == Unit::Ratio {
            RATIO_SCALE
        } else {
            1
        },
        state: None,
        rule: spec.rule,
    }));
    all.push(Measure {
        column: "lengthUs",
        scale: LENGTH_SCALE,
        unit: Unit::Seconds,
        rule: "R9.7",
        ..counted("contentLength", "Content length", Aggregate::Sum)
    });
    all.extend(PARTS.iter().map(|part| part.measure()));
    for (state, title) in STATES {
        all.extend(PARTS.iter().filter_map(|part| part.of_state(state, title)));
    }
    all
}

/// The metric of a name: one of [`measures`], or one of a player state of the publisher's own.
pub fn measure(name: &str) -> Option<Measure> {
    measures()
        .into_iter()
        .find(|measure| measure.name == name)
        .or_else(|| of_custom_state(name))
}

fn counted(name: &'static str, title: &'static str, aggregate: Aggregate) -> Measure {
    Measure {
        name: name.into(),
        title: title.into(),
        scope: Scope::Session,
        unit: Unit::Count,
        aggregate,
        column: "",
        scale: 1,
        state: None,
        rule: "R9",
    }
}

/// `state.<name>.isSet`, `.count`, `.time`.
fn of_custom_state(name: &str) -> Option<Measure> {
    let (state, last) = name.strip_prefix("state.")?.rsplit_once('.')?;
    let part = PARTS
        .iter()
        .find(|part| part.0 == Scope::State && part.2 == last)?;
    part.of_state(state, state).filter(|_| !state.is_empty())
}

impl Part {
    fn measure(&self) -> Measure {
        Measure {
            name: self.1.into(),
            title: self.5.into(),
            scope: self.0,
            unit: self.3,
            aggregate: Aggregate::Sum,
            column: self.2,
            scale: 1,
            state: None,
            rule: self.4,
        }
    }

    fn of_state(&self, state: &str, title: &str) -> Option<Measure> {
        let title = match self.2 {
            "isSet" => format!("Streams impacted by {title}"),
            "count" => format!("{title} counts"),
            _ => format!("{title} total duration"),
        };
        (self.0 == Scope::State).then(|| Measure {
            name: format!("state.{state}.{}", self.2).into(),
            title: title.into(),
            state: Some(state.to_owned()),
            ..self.measure()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_name_of_its_own() {
        let mut names: Vec<_> = measures().into_iter().map(|it| it.name).collect();
        let count = names.len();
        assert!(count >= 60, "{count}");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn states_of_publishers_have_metrics() {
        let own = measure("state.theatre.mode.time").unwrap();
        assert_eq!(own.state.as_deref(), Some("theatre.mode"));
        assert_eq!(own.unit, Unit::Seconds);
        assert!(measure("state.theatre.length").is_none());
        assert!(measure("state..time").is_none());
    }
}
