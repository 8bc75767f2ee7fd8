//! What the configuration adds to reports, checked before anyone asks for it.

use playhead_model::catalog::{CALCULATED, Segment, measure, ready_made};
use playhead_model::report::{MetricRequest, ReportError};

use crate::filter::Condition;
use crate::metric::Metrics;
use crate::plan::{OwnFormula, Surroundings};
use crate::zone::Zone;

impl Surroundings {
    /// Checks the name of a time zone.
    ///
    /// # Errors
    /// If there is no such zone; the message names the nearest.
    pub fn check_zone(name: &str) -> Result<(), String> {
        Zone::named(name).map(drop)
    }

    /// Checks a calculated metric of these.
    ///
    /// # Errors
    /// If its name is taken, or its formula cannot be computed.
    pub fn check_formula(&self, own: &OwnFormula) -> Result<(), ReportError> {
        let is_calculated = CALCULATED.iter().any(|it| it.name == own.name);
        if is_calculated || measure(&own.name).is_some() {
            let message = format!("{:?} is a metric that everyone has", own.name);
            return Err(ReportError::invalid("name", message));
        }
        let request = MetricRequest::Formula {
            name: own.name.clone(),
            formula: own.formula.clone(),
        };
        Metrics::new(&[request], self, (0, 1)).map(drop)
    }

    /// Checks a segment of these.
    ///
    /// # Errors
    /// If its name is taken, or a condition makes no sense.
    pub fn check_segment(&self, own: &Segment) -> Result<(), ReportError> {
        if ready_made().iter().any(|it| it.name == own.name) {
            let message = format!("{:?} is a segment that everyone has", own.name);
            return Err(ReportError::invalid("name", message));
        }
        if own.filters.is_empty() {
            let message = "a segment has at least one condition";
            return Err(ReportError::invalid("filters", message));
        }
        let zone = Zone::named("UTC").map_err(ReportError::Internal)?;
        for (number, filter) in own.filters.iter().enumerate() {
            Condition::new(filter, &format!("filters[{number}]"), &[], &zone)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use playhead_model::report::Filter;
    use serde_json::json;

    use super::*;

    fn formula(name: &str, formula: &str) -> Result<(), ReportError> {
        let own = OwnFormula {
            name: name.to_owned(),
            title: name.to_owned(),
            formula: formula.to_owned(),
        };
        let surroundings = Surroundings {
            formulas: vec![own.clone()],
            ..Surroundings::default()
        };
        surroundings.check_formula(&own)
    }

    #[test]
    fn a_formula_is_made_of_metrics_under_a_name_of_its_own() {
        assert_eq!(formula("errorRate", "100 * errorCount / isPlayed"), Ok(()));
        for (name, text, part) in [
            ("sessions", "1", "everyone has"),
            ("adTimeRate", "1", "everyone has"),
            ("own", "errorCont / isPlayed", "errorCount"),
            ("own", "errorCount /", "metric"),
            ("own", "own + 1", "own"),
        ] {
            let error = formula(name, text).unwrap_err().to_string();
            assert!(error.contains(part), "{name} = {text}: {error}");
        }
    }

    #[test]
    fn a_segment_is_made_of_conditions() {
        let check = |name: &str, filters: serde_json::Value| {
            let filters: Vec<Filter> = serde_json::from_value(filters).unwrap();
            let title = String::new();
            let name = name.to_owned();
            let own = Segment {
                name,
                title,
                filters,
            };
            Surroundings::default().check_segment(&own)
        };
        let audio = json!([{"dimension": "streamType", "value": "audio"}]);
        assert_eq!(check("mine", audio.clone()), Ok(()));
        assert!(check("audio", audio).is_err());
        assert!(check("mine", json!([])).is_err());
        let error = check("mine", json!([{"dimension": "streamTyp"}])).unwrap_err();
        assert!(error.to_string().contains("streamType"), "{error}");
    }

    #[test]
    fn a_zone_that_is_none_names_the_nearest() {
        assert_eq!(Surroundings::check_zone("Asia/Kolkata"), Ok(()));
        let error = Surroundings::check_zone("Europe/Pari").unwrap_err();
        assert!(error.contains("Europe/Paris"), "{error}");
    }
}
