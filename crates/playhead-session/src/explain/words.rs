//! Numbers as people read them.

use playhead_model::time::{PlayerMs, Playhead};

/// Milliseconds as seconds: `12.002`.
pub(super) fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// A place or length in the content, in seconds without needless zeros: `12`, `12.5`.
pub(super) fn place(us: i64) -> String {
    let sign = if us < 0 { "-" } else { "" };
    let us = us.unsigned_abs();
    let text = format!("{sign}{}.{:06}", us / 1_000_000, us % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A playhead, likewise.
pub(super) fn playhead(playhead: Playhead) -> String {
    place(playhead.0)
}

/// A rule's duration in its largest whole unit: `10 min`.
pub(super) fn duration(ms: u64) -> String {
    match ms {
        ms if ms > 0 && ms.is_multiple_of(60_000) => format!("{} min", ms / 60_000),
        ms if ms.is_multiple_of(1000) => format!("{} s", ms / 1000),
        ms => format!("{ms} ms"),
    }
}

/// An instant of the client's clock, in seconds from the start of the session.
pub(super) fn since_start(ts: PlayerMs, start: PlayerMs) -> String {
    if ts < start {
        format!("-{}", seconds(start.since(ts)))
    } else {
        seconds(ts.since(start))
    }
}

/// An instant in UTC: `2026-03-02 18:00:00.040`.
pub(super) fn instant(ms: i64) -> String {
    let (day, of_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let (year, month, day) = civil(day);
    let (second, ms) = (of_day / 1000, of_day % 1000);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{ms:03}")
}

/// Year, month and day of a day since 1970 in the Gregorian calendar. Years are counted from
/// March, so that the leap day is the last of its year.
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (
        era * 400 + year_of_era + i64::from(month <= 2),
        month,
        day_of_month,
    )
}

/// Event numbers as a list: `#3, #5`.
pub(super) fn numbers(events: &[usize]) -> String {
    let numbers: Vec<String> = events.iter().map(|number| format!("#{number}")).collect();
    numbers.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(instant(0), "1970-01-01 00:00:00.000");
        assert_eq!(instant(1_772_474_400_040), "2026-03-02 18:00:00.040");
        assert_eq!(instant(951_782_400_000), "2000-02-29 00:00:00.000");
        assert_eq!(instant(-1), "1969-12-31 23:59:59.999");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(seconds(32_998), "32.998");
        assert_eq!(place(12_500_000), "12.5");
        assert_eq!(place(-1), "-0.000001");
        assert_eq!(place(60_000_000), "60");
        assert_eq!(duration(600_000), "10 min");
    }
}
