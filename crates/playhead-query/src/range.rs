//! The range of a report: instants, dates and lengths of time as they are written.

use jiff::civil::{Date, DateTime};
use playhead_model::report::{Compare, Instant, Period, Range, ReportError};

use crate::zone::Zone;

/// The last instant a range may name: the year 9999 ends later.
const MS_MAX: i64 = 250_000_000_000_000;

/// From and to, ms since the epoch.
///
/// # Errors
/// If it cannot be read, or is empty.
pub(crate) fn resolve(range: &Range, zone: &Zone, now: i64) -> Result<(i64, i64), ReportError> {
    let to = match &range.to {
        Some(to) => instant(to, zone, "range.to")?,
        None => now,
    };
    let from = match (&range.from, &range.last) {
        (Some(from), None) => instant(from, zone, "range.from")?,
        (None, Some(last)) => to - length(last)?,
        _ => {
            let message = "a range has either `from` or `last`, such as {\"last\": \"24h\"}";
            return Err(ReportError::invalid("range", message));
        }
    };
    if from >= to {
        let message = format!("the range is empty: from {from} up to {to}");
        return Err(ReportError::invalid("range", message));
    }
    Ok((from, to))
}

fn instant(written: &Instant, zone: &Zone, field: &str) -> Result<i64, ReportError> {
    let text = match written {
        Instant::Ms(ms) if ms.abs() <= MS_MAX => return Ok(*ms),
        Instant::Ms(ms) => {
            let message = format!("{ms} is beyond every calendar");
            return Err(ReportError::invalid(field, message));
        }
        Instant::Text(text) => text,
    };
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(at.as_millisecond());
    }
    if let Ok(date) = text.parse::<Date>()
        && text.len() <= 10
    {
        return Ok(zone.midnight(date));
    }
    text.parse::<DateTime>()
        .map(|local| zone.instant(local))
        .map_err(|_| {
            let message = format!(
                "{text:?} is no instant; write ms since the epoch, 2026-03-02, 2026-03-02T18:00 or \
                 2026-03-02T18:00:00Z"
            );
            ReportError::invalid(field, message)
        })
}

fn length(text: &str) -> Result<i64, ReportError> {
    let digits = text.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 7 * 86_400_000,
        _ => 0,
    };
    let length = digits
        .parse::<i64>()
        .ok()
        .and_then(|it| it.checked_mul(unit));
    length.filter(|it| *it > 0 && *it <= MS_MAX).ok_or_else(|| {
        let message = format!("{text:?} is no length of time; write 15m, 24h or 30d");
        ReportError::invalid("range.last", message)
    })
}

/// The range to compare with, if it is another one.
pub(crate) fn compared(compare: &Compare, zone: &Zone, (from, to): (i64, i64)) -> (i64, i64) {
    let local = |at: i64, back: &dyn Fn(DateTime) -> DateTime| zone.instant(back(zone.local(at)));
    match compare {
        Compare::Segment(_) => (from, to),
        Compare::Period(Period::Previous) => (from - (to - from), from),
        Compare::Period(Period::LastWeek) => {
            let back = |at: DateTime| at.saturating_sub(jiff::Span::new().weeks(1));
            (local(from, &back), local(to, &back))
        }
        Compare::Period(Period::LastYear) => {
            let back = |at: DateTime| at.saturating_sub(jiff::Span::new().years(1));
            (local(from, &back), local(to, &back))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: &str, to: &str, zone: &str) -> Result<(i64, i64), ReportError> {
        let range = Range {
            from: Some(Instant::Text(from.to_owned())),
            to: Some(Instant::Text(to.to_owned())),
            last: None,
        };
        resolve(&range, &Zone::named(zone).unwrap(), 0)
    }

    #[test]
    fn dates_begin_at_midnight_of_the_zone() {
        let (from, to) = range("2026-03-29", "2026-03-30", "Europe/Berlin").unwrap();
        assert_eq!(to - from, 23 * 3_600_000);
        let (from, to) = range("2026-03-02T18:00", "2026-03-02T18:00:01Z", "UTC").unwrap();
        assert_eq!((from, to), (1_772_474_400_000, 1_772_474_401_000));
    }

    #[test]
    fn lengths_count_back_from_the_end() {
        let range = Range {
            last: Some("24h".into()),
            ..Range::default()
        };
        let zone = Zone::named("UTC").unwrap();
        assert_eq!(
            resolve(&range, &zone, 100_000_000).unwrap(),
            (13_600_000, 100_000_000)
        );
    }

    #[test]
    fn nonsense_is_refused_by_its_field() {
        for (from, to, field) in [
            ("2026-03-02", "2026-03-02", "range"),
            ("yesterday", "2026-03-02", "range.from"),
            ("2026-03-02", "2026-13-02", "range.to"),
        ] {
            let error = range(from, to, "UTC").unwrap_err();
            assert!(matches!(error, ReportError::Invalid { field: it, .. } if it == field));
        }
        for last in ["", "h", "-3h", "3 days", "99999999999999999999d"] {
            let range = Range {
                last: Some(last.into()),
                ..Range::default()
            };
            let zone = Zone::named("UTC").unwrap();
            assert!(resolve(&range, &zone, 0).is_err(), "{last}");
        }
    }
}
