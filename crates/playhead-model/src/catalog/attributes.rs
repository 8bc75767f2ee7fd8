//! Dimensions as reports know them: those that are sent, those that are computed, parts of time and
//! custom metadata.

use std::borrow::Cow;

use super::{DIMENSIONS, METRICS, Scope, Unit};

/// A dimension that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub name: Cow<'static, str>,
    pub title: Cow<'static, str>,
    pub scope: Scope,
    pub source: Origin,
    /// Whether a session may have several values, each of which gets the full number.
    pub is_list: bool,
}

/// Where the values of a dimension come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The column of this name in the table of its scope.
    Column(Cow<'static, str>),
    /// The custom metadata of this key.
    Custom(String),
    /// A part of the time of `sessionStart` in the zone of the report (R9.6).
    Time(TimePart),
}

/// A part of a time (R9.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimePart {
    HourOfDay,
    AmPm,
    DayOfWeek,
    DayOfMonth,
    Month,
    Quarter,
    Year,
    WeekdayWeekend,
}

const TIME_PARTS: [(&str, &str, TimePart); 8] = [
    ("hourOfDay", "Hour of day", TimePart::HourOfDay),
    ("amPm", "AM/PM", TimePart::AmPm),
    ("dayOfWeek", "Day of week", TimePart::DayOfWeek),
    ("dayOfMonth", "Day of month", TimePart::DayOfMonth),
    ("month", "Month", TimePart::Month),
    ("quarter", "Quarter", TimePart::Quarter),
    ("year", "Year", TimePart::Year),
    (
        "weekdayWeekend",
        "Weekday/weekend",
        TimePart::WeekdayWeekend,
    ),
];

/// Computed dimensions: scope, name, column, title, whether it is a list.
const COMPUTED: &[(Scope, &str, &str, &str, bool)] = &[
    (Scope::Session, "ID", "ID", "Media session ID", false),
    (Scope::Session, "visitor", "visitor", "Visitor", false),
    (
        Scope::Session,
        "mediaPath",
        "mediaPath",
        "Media path",
        false,
    ),
    (Scope::Session, "genreList", "genreList", "Genre", true),
    (
        Scope::Session,
        "isDownloaded",
        "isDownloaded",
        "Media downloaded",
        false,
    ),
    (
        Scope::Session,
        "segment",
        "segment",
        "Content segment",
        false,
    ),
    (
        Scope::Session,
        "bitrateAverageBucket",
        "bitrateAverageBucket",
        "Average bitrate bucket",
        false,
    ),
    (
        Scope::Session,
        "playerSdkErrors",
        "playerSdkErrors",
        "Player SDK error IDs",
        true,
    ),
    (
        Scope::Session,
        "externalErrors",
        "externalErrors",
        "External error IDs",
        true,
    ),
    (
        Scope::Session,
        "closeReason",
        "closeReason",
        "Close reason",
        false,
    ),
    (Scope::Session, "api", "api", "API", false),
    (Scope::Session, "country", "country", "Country", false),
    (Scope::Session, "region", "region", "Region", false),
    (
        Scope::Session,
        "networkName",
        "networkName",
        "Access network",
        false,
    ),
    (Scope::Session, "device", "device", "Device", false),
    (Scope::Session, "system", "system", "System", false),
    (Scope::Session, "browser", "browser", "Browser", false),
    (Scope::Session, "isBot", "isBot", "Bot", false),
    (Scope::Session, "isLive", "isLive", "Live content", false),
    (
        Scope::Session,
        "clockOffset",
        "clockOffset",
        "Clock offset, ms",
        false,
    ),
    (Scope::Ad, "ad.podID", "podID", "Ad pod", false),
    (Scope::Ad, "ad.podIndex", "podIndex", "Pod index", false),
    (
        Scope::Ad,
        "ad.podFriendlyName",
        "podFriendlyName",
        "Pod name",
        false,
    ),
    (
        Scope::Ad,
        "ad.podSecond",
        "podSecond",
        "Pod position",
        false,
    ),
    (Scope::Chapter, "chapter.id", "id", "Chapter", false),
    (
        Scope::State,
        "state.name",
        "name",
        "Player state name",
        false,
    ),
];

/// Every dimension with a name of its own.
pub fn attributes() -> Vec<Attribute> {
    let sent = DIMENSIONS.iter().map(|spec| Attribute {
        name: scoped(spec.scope, spec.name),
        title: spec.title.into(),
        scope: spec.scope,
        source: Origin::Column(spec.name.into()),
        is_list: false,
    });
    let computed = COMPUTED
        .iter()
        .map(|(scope, name, column, title, is_list)| Attribute {
            name: (*name).into(),
            title: (*title).into(),
            scope: *scope,
            source: Origin::Column((*column).into()),
            is_list: *is_list,
        });
    let of_metrics = METRICS
        .iter()
        .filter(|spec| spec.unit != Unit::Ratio)
        .map(|spec| Attribute {
            name: spec.name.into(),
            title: spec.title.into(),
            scope: Scope::Session,
            source: Origin::Column(spec.name.into()),
            is_list: false,
        });
    let times = TIME_PARTS.iter().map(|(name, title, part)| Attribute {
        name: (*name).into(),
        title: (*title).into(),
        scope: Scope::Session,
        source: Origin::Time(*part),
        is_list: false,
    });
    sent.chain(computed)
        .chain(of_metrics)
        .chain(times)
        .collect()
}

/// The dimension of a name: one of [`attributes`], or `custom.<key>`, `ad.custom.<key>`,
/// `chapter.custom.<key>`.
pub fn attribute(name: &str) -> Option<Attribute> {
    attributes()
        .into_iter()
        .find(|attribute| attribute.name == name)
        .or_else(|| custom(name))
}

fn custom(name: &str) -> Option<Attribute> {
    let (scope, rest) = match name.split_once('.')? {
        ("ad", rest) => (Scope::Ad, rest),
        ("chapter", rest) => (Scope::Chapter, rest),
        _ => (Scope::Session, name),
    };
    let key = rest.strip_prefix("custom.").filter(|key| !key.is_empty())?;
    Some(Attribute {
        name: name.to_owned().into(),
        title: key.to_owned().into(),
        scope,
        source: Origin::Custom(key.to_owned()),
        is_list: false,
    })
}

fn scoped(scope: Scope, name: &'static str) -> Cow<'static, str> {
    match scope {
        Scope::Session => name.into(),
        _ => format!("{}.{name}", scope.name()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_has_a_name_of_its_own() {
        let mut names: Vec<_> = attributes().into_iter().map(|it| it.name).collect();
        let count = names.len();
        assert!(count >= 66, "{count}");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn custom_metadata_is_a_dimension_of_its_scope() {
        let own = attribute("ad.custom.my.key").unwrap();
        assert_eq!(own.scope, Scope::Ad);
        assert_eq!(own.source, Origin::Custom("my.key".into()));
        assert_eq!(attribute("custom.plan").unwrap().scope, Scope::Session);
        assert!(attribute("custom.").is_none());
        assert!(attribute("state.custom.x").is_none());
    }
}
