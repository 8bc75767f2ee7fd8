//! The clock of a time zone: instants to local time and back, and parts of time (metrics R9.6).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use playhead_model::catalog::TimePart;
use playhead_model::report::did_you_mean;

/// A time zone by its IANA name, from the data that is built in: answers must not depend on the
/// machine.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    pub(crate) name: String,
    zone: TimeZone,
}

impl Zone {
    /// # Errors
    /// If there is no zone of this name; the message names the nearest.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let database = TimeZoneDatabase::bundled();
        let Ok(zone) = database.get(name) else {
            let names: Vec<String> = database.available().map(|it| it.to_string()).collect();
            let hint = did_you_mean(name, names.iter().map(String::as_str));
            return Err(format!("{name:?} is no time zone{hint}"));
        };
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Ok(Self { name, zone })
    }

    /// Local time minus universal time, ms.
    pub(crate) fn offset_ms(&self, at: i64) -> i64 {
        i64::from(self.zone.to_offset(timestamp(at)).seconds()) * 1_000
    }

    /// The first change of the offset behind an instant.
    pub(crate) fn next_change(&self, at: i64) -> Option<i64> {
        let mut following = self.zone.following(timestamp(at));
        following.next().map(|it| it.timestamp().as_millisecond())
    }

    /// The instant of a local time; one that the clock skips is moved by as much as it skips, of
    /// one that comes twice the first is meant.
    pub(crate) fn instant(&self, local: DateTime) -> i64 {
        let zoned = self.zone.to_timestamp(local);
        zoned.map_or(0, |timestamp| timestamp.as_millisecond())
    }

    /// Where a day begins.
    pub(crate) fn midnight(&self, date: Date) -> i64 {
        let zoned = date.to_zoned_datetime(self.zone.clone());
        zoned.map_or(0, |zoned| zoned.timestamp().as_millisecond())
    }

    pub(crate) fn local(&self, at: i64) -> DateTime {
        self.zone.to_datetime(timestamp(at))
    }

    /// The parts of many times: offsets are looked up once per stretch without a change.
    pub(crate) fn parts(&self, part: TimePart) -> impl FnMut(i64) -> u32 {
        let zone = self.clone();
        let mut stretch = (1, 0, 0);
        move |at| {
            let (from, to, offset) = &mut stretch;
            if at < *from || at >= *to {
                *from = at;
                *to = zone.next_change(at).unwrap_or(i64::MAX);
                *offset = zone.offset_ms(at);
            }
            part_of(part, at.saturating_add(*offset))
        }
    }
}

/// An instant; those that no calendar reaches are taken for the first or the last it has.
fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

const DAY_MS: i64 = 86_400_000;

/// The code of a part of a local time, from 1.
fn part_of(part: TimePart, local_ms: i64) -> u32 {
    let hour = local_ms.rem_euclid(DAY_MS) / 3_600_000;
    let days = local_ms.div_euclid(DAY_MS);
    // The epoch was a Thursday; Monday is 0.
    let weekday = (days + 3).rem_euclid(7);
    let value = match part {
        TimePart::HourOfDay => hour,
        TimePart::AmPm => hour / 12,
        TimePart::DayOfWeek => weekday,
        TimePart::WeekdayWeekend => i64::from(weekday >= 5),
        TimePart::DayOfMonth => civil(days).2 - 1,
        TimePart::Month => civil(days).1 - 1,
        TimePart::Quarter => (civil(days).1 - 1) / 3,
        TimePart::Year => civil(days).0.clamp(YEAR_MIN, YEAR_MAX) - YEAR_MIN,
    };
    value as u32 + 1
}

const YEAR_MIN: i64 = -9_999;
const YEAR_MAX: i64 = 9_999;

/// Year, month and day of a day since the epoch, in the Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    // Years begin in March here, so that the leap day is the last of one.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12 + 1;
    (era * 400 + year + i64::from(month <= 2), month, day)
}

/// How many codes a part has, that of "no value" included.
pub(crate) fn part_codes(part: TimePart) -> u32 {
    let values = match part {
        TimePart::HourOfDay => 24,
        TimePart::AmPm | TimePart::WeekdayWeekend => 2,
        TimePart::DayOfWeek => 7,
        TimePart::DayOfMonth => 31,
        TimePart::Month => 12,
        TimePart::Quarter => 4,
        TimePart::Year => (YEAR_MAX - YEAR_MIN + 1) as u32,
    };
    values + 1
}

/// The text of a code.
pub(crate) fn part_text(part: TimePart, code: u32) -> String {
    const DAYS: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let value = code.saturating_sub(1) as usize;
    match part {
        TimePart::HourOfDay => value.to_string(),
        TimePart::AmPm => ["AM", "PM"][value].to_owned(),
        TimePart::DayOfWeek => DAYS[value].to_owned(),
        TimePart::WeekdayWeekend => ["weekday", "weekend"][value].to_owned(),
        TimePart::DayOfMonth => (value + 1).to_string(),
        TimePart::Month => MONTHS[value].to_owned(),
        TimePart::Quarter => format!("Q{}", value + 1),
        TimePart::Year => (value as i64 + YEAR_MIN).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_those_of_the_calendar_library() {
        let zone = Zone::named("Australia/Lord_Howe").unwrap();
        let (mut day, mut hour) = (
            zone.parts(TimePart::DayOfMonth),
            zone.parts(TimePart::HourOfDay),
        );
        let (mut month, mut year) = (zone.parts(TimePart::Month), zone.parts(TimePart::Year));
        let mut weekday = zone.parts(TimePart::DayOfWeek);
        for step in 0..40_000 {
            let at = -2_000_000_000_000 + step * 123_456_789;
            let local = zone.local(at);
            let text = |part, code| part_text(part, code);
            assert_eq!(text(TimePart::DayOfMonth, day(at)), local.day().to_string());
            assert_eq!(
                text(TimePart::HourOfDay, hour(at)),
                local.hour().to_string()
            );
            assert_eq!(month(at), local.month() as u32);
            assert_eq!(text(TimePart::Year, year(at)), local.year().to_string());
            assert_eq!(weekday(at), local.weekday().to_monday_one_offset() as u32);
        }
    }

    #[test]
    fn an_unknown_zone_names_the_nearest() {
        let error = Zone::named("Europe/Berln").unwrap_err();
        assert!(error.contains("Europe/Berlin"), "{error}");
    }
}
