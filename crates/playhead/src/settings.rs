//! The settings, checked against the catalogue as well: time zones, own metrics, own segments; and how
//! long rows are kept.

use std::path::PathBuf;

use playhead_config::{Config, Errors, Problem, Settings, Sources};
use playhead_model::catalog::{Segment, Table};
use playhead_model::report::Filter;
use playhead_query::{OwnFormula, Surroundings};
use playhead_server::console::OwnReports;
use playhead_store::parts::{Ages, Retention};

/// The layers of settings of a command that has a flag for the data folder.
pub(crate) fn sources(file: Option<PathBuf>, data: Option<String>) -> Sources {
    let mut sources = Sources::of_process(file);
    let data = data.map(|data| ("data".to_owned(), data));
    sources.flags.extend(data);
    sources
}

/// Reads all layers of settings.
///
/// # Errors
/// Names everything that is wrong.
pub(crate) fn load(sources: &Sources) -> Result<Settings, Errors> {
    let settings = playhead_config::load(sources)?;
    check(&settings)?;
    Ok(settings)
}

/// # Errors
/// Names every zone, metric and segment that reports could not take.
pub(crate) fn check(settings: &Settings) -> Result<(), Errors> {
    match own_reports(&settings.config) {
        Ok(_) => Ok(()),
        Err(wrong) => Err(Errors(
            wrong.into_iter().map(|it| it.problem(settings)).collect(),
        )),
    }
}

/// What the settings say about reports.
///
/// # Errors
/// What is wrong with them.
pub(crate) fn own_reports(config: &Config) -> Result<OwnReports, Vec<Wrong>> {
    let mut wrong = Vec::new();
    for (id, suite) in &config.suites {
        if let Err(message) = Surroundings::check_zone(&suite.time_zone) {
            wrong.push(Wrong::new("suites", id, "time_zone", message));
        }
    }
    let formulas = config.metrics.iter().map(|(name, own)| OwnFormula {
        name: name.clone(),
        title: own.title.clone(),
        formula: own.formula.clone(),
    });
    let surroundings = Surroundings {
        formulas: formulas.collect(),
        ..Surroundings::default()
    };
    for own in &surroundings.formulas {
        if let Err(error) = surroundings.check_formula(own) {
            wrong.push(Wrong::new(
                "metrics",
                &own.name,
                "formula",
                error.to_string(),
            ));
        }
    }
    let mut segments = Vec::new();
    for (name, own) in &config.segments {
        let mut refuse =
            |message: String| wrong.push(Wrong::new("segments", name, "filters", message));
        match serde_json::from_str::<Vec<Filter>>(&own.filters) {
            Err(error) => refuse(format!("wants a JSON list of conditions: {error}")),
            Ok(filters) => {
                let segment = Segment {
                    name: name.clone(),
                    title: own.title.clone(),
                    filters,
                };
                if let Err(error) = surroundings.check_segment(&segment) {
                    refuse(error.to_string());
                }
                segments.push(segment);
            }
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(OwnReports {
        segments,
        formulas: surroundings.formulas,
        time_max: config.reports.time_max,
        threads: config.reports.threads,
        open_max: config.reports.open_max,
    })
}

/// How long rows are kept.
pub(crate) fn ages(config: &Config) -> Retention {
    let suites = config.suites.iter();
    let suites = suites.map(|(id, suite)| (id.clone(), ages_of(&suite.ages)));
    Retention {
        default: ages_of(&config.store),
        suites: suites.collect(),
    }
}

fn ages_of(ages: &playhead_config::Ages) -> Ages {
    Ages::new(|table| {
        let age = match table {
            Table::Sessions => ages.sessions,
            Table::Ads => ages.ads,
            Table::Chapters => ages.chapters,
            Table::States => ages.states,
            Table::Events => ages.events,
        };
        // A part of a day is a day.
        let days = age?.as_secs().div_ceil(86_400);
        Some(u32::try_from(days).unwrap_or(u32::MAX))
    })
}

/// A value that reports could not take.
#[derive(Debug)]
pub(crate) struct Wrong {
    family: &'static str,
    id: String,
    key: &'static str,
    message: String,
}

impl Wrong {
    fn new(family: &'static str, id: &str, key: &'static str, message: String) -> Self {
        Self {
            family,
            id: id.to_owned(),
            key,
            message,
        }
    }

    fn problem(self, settings: &Settings) -> Problem {
        let key = playhead_config::key_of(self.family, &self.id, self.key);
        let shown = settings.shown.iter().find(|setting| setting.key == key);
        Problem {
            origin: shown.map(|setting| setting.origin.clone()),
            key: Some(key),
            message: self.message,
        }
    }
}
