//! Units of time and parts of time (R9.6), by the calendar of the library for one instant at a time.

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan, ZonedDateTime};

pub(super) fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

fn zoned(at: i64, zone: &TimeZone) -> ZonedDateTime {
    Timestamp::from_millisecond(at)
        .unwrap()
        .to_zoned_datetime(zone.clone())
}

/// Where the unit of an instant begins.
pub(super) fn unit_start(at: i64, granularity: &str, zone: &TimeZone) -> i64 {
    let local = zoned(at, zone);
    let midnight = |date: Date| {
        let midnight = date.to_zoned_datetime(zone.clone()).unwrap();
        midnight.timestamp().as_millisecond()
    };
    let date = local.date();
    let minutes = match granularity {
        "second" => return at - at.rem_euclid(1_000),
        "minute" => 1,
        "5minutes" => 5,
        "15minutes" => 15,
        "30minutes" => 30,
        "hour" => 60,
        "day" => return midnight(date),
        "week" => {
            let back = i64::from(date.weekday().to_monday_zero_offset());
            return midnight(date.checked_sub(back.days()).unwrap());
        }
        "month" => return midnight(date.first_of_month()),
        "quarter" => {
            let month = (date.month() - 1) / 3 * 3 + 1;
            return midnight(jiff::civil::date(date.year(), month, 1));
        }
        "year" => return midnight(jiff::civil::date(date.year(), 1, 1)),
        other => panic!("{other} is no unit"),
    };
    let into_hour = i64::from(local.minute()) % minutes * 60_000
        + i64::from(local.second()) * 1_000
        + i64::from(local.millisecond());
    let begin = at - into_hour;
    // Where the clock was changed since, a new unit began.
    let next = Timestamp::from_millisecond(at + 1).unwrap();
    let change = zone
        .preceding(next)
        .next()
        .map(|it| it.timestamp().as_millisecond());
    change.map_or(begin, |change| begin.max(change))
}

/// A part of the time of a session's start.
pub(super) fn part(name: &str, at: i64, zone: &TimeZone) -> Option<String> {
    let local = zoned(at, zone);
    let weekday = local.weekday();
    let text = match name {
        "hourOfDay" => local.hour().to_string(),
        "amPm" => local.strftime("%p").to_string(),
        "dayOfWeek" => local.strftime("%A").to_string(),
        "dayOfMonth" => local.day().to_string(),
        "month" => local.strftime("%B").to_string(),
        "quarter" => format!("Q{}", (local.month() + 2) / 3),
        "year" => local.year().to_string(),
        "weekdayWeekend" => {
            let is_weekend = weekday.to_monday_one_offset() > 5;
            if is_weekend { "weekend" } else { "weekday" }.to_owned()
        }
        _ => return None,
    };
    Some(text)
}
