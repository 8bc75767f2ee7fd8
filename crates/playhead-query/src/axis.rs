//! Time axes: a range cut into units of the zone's clock.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use playhead_model::report::{Granularity, ReportError};

use crate::zone::Zone;

/// Units of time, neighbours without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Where each unit begins, and the end of the last.
    bounds: Vec<i64>,
    /// The length of all of them, if they are alike.
    width: Option<i64>,
}

impl Axis {
    /// The units that meet a range. The first may begin before it and the last end behind it.
    ///
    /// # Errors
    /// If there are more than `units_max`; the message names a unit that fits.
    pub(crate) fn new(
        zone: &Zone,
        (from, to): (i64, i64),
        granularity: Granularity,
        units_max: usize,
    ) -> Result<Self, ReportError> {
        let about = (to - from) / granularity.about_ms();
        if about > units_max as i64 + 1 {
            return Err(too_many(granularity, (from, to), about, units_max));
        }
        let bounds = match granularity {
            Granularity::Day
            | Granularity::Week
            | Granularity::Month
            | Granularity::Quarter
            | Granularity::Year => calendar(zone, from, to, granularity),
            _ => clock(zone, from, to, granularity.about_ms()),
        };
        if bounds.len() - 1 > units_max {
            let count = bounds.len() as i64 - 1;
            return Err(too_many(granularity, (from, to), count, units_max));
        }
        let width = bounds[1] - bounds[0];
        let is_even = bounds.windows(2).all(|pair| pair[1] - pair[0] == width);
        Ok(Self {
            width: is_even.then_some(width),
            bounds,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    pub(crate) fn starts(&self) -> &[i64] {
        &self.bounds[..self.len()]
    }

    /// Start and end of a unit.
    pub(crate) fn unit(&self, place: usize) -> (i64, i64) {
        (self.bounds[place], self.bounds[place + 1])
    }

    /// The unit of an instant that lies on the axis.
    #[inline]
    pub(crate) fn place(&self, at: i64) -> usize {
        match self.width {
            Some(width) => ((at - self.bounds[0]) / width) as usize,
            None => self.bounds.partition_point(|bound| *bound <= at) - 1,
        }
    }
}

fn too_many(
    granularity: Granularity,
    (from, to): (i64, i64),
    count: i64,
    units_max: usize,
) -> ReportError {
    let fits = Granularity::ALL
        .into_iter()
        .find(|other| (to - from) / other.about_ms() + 2 <= units_max as i64);
    let way_out = fits.map_or_else(
        || "take a shorter range".to_owned(),
        |fits| format!("take {:?} or a shorter range", fits.name()),
    );
    ReportError::TooLarge {
        limit: "units of time",
        message: format!(
            "granularity: {count} units of {:?} lie in the range, {units_max} are answered; {way_out}",
            granularity.name()
        ),
    }
}

/// Units of the clock: whole steps of local time. A change of the offset begins a unit, unless it
/// falls between two steps and leaves their grid as it is.
fn clock(zone: &Zone, from: i64, to: i64, step: i64) -> Vec<i64> {
    let aligned = |at: i64, offset: i64| at - (at + offset).rem_euclid(step);
    let mut offset = zone.offset_ms(from);
    let mut change = zone.next_change(from);
    let mut bounds = vec![aligned(from, offset)];
    while let Some(last) = bounds.last().copied().filter(|last| *last < to) {
        let mut next = last + step;
        if let Some(at) = change.filter(|at| *at <= next) {
            offset = zone.offset_ms(at);
            change = zone.next_change(at);
            if aligned(next, offset) != next {
                // The grid has moved: the unit in which it did ends there.
                next = if at > last { at } else { aligned(next, offset) };
            }
        } else if aligned(next, offset) != next {
            next = aligned(next, offset);
        }
        bounds.push(next);
    }
    bounds
}

/// Units of the calendar, each from a local midnight.
fn calendar(zone: &Zone, from: i64, to: i64, granularity: Granularity) -> Vec<i64> {
    let mut day = first_day(zone.local(from).date(), granularity);
    let mut bounds = vec![zone.midnight(day)];
    while bounds.last().is_some_and(|last| *last < to) {
        let step = match granularity {
            Granularity::Week => 1.week(),
            Granularity::Month => 1.month(),
            Granularity::Quarter => 3.months(),
            Granularity::Year => 1.year(),
            _ => 1.day(),
        };
        let next = day.saturating_add(step);
        if next == day {
            bounds.push(to);
            break;
        }
        day = next;
        let midnight = zone.midnight(day);
        if bounds.last().is_some_and(|last| midnight > *last) {
            bounds.push(midnight);
        }
    }
    bounds
}

fn first_day(day: Date, granularity: Granularity) -> Date {
    match granularity {
        Granularity::Week => {
            let back = i64::from(day.weekday().to_monday_zero_offset());
            day.saturating_sub(back.days())
        }
        Granularity::Month => day.first_of_month(),
        Granularity::Quarter => date(day.year(), (day.month() - 1) / 3 * 3 + 1, 1),
        Granularity::Year => date(day.year(), 1, 1),
        _ => day,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(zone: &str, from: &str, to: &str, granularity: Granularity) -> Vec<String> {
        let zone = Zone::named(zone).unwrap();
        let ms = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let axis = Axis::new(&zone, (ms(from), ms(to)), granularity, 1_000).unwrap();
        let local = axis.bounds.iter().map(|at| zone.local(*at).to_string());
        local.collect()
    }

    #[test]
    fn a_day_has_as_many_hours_as_the_clock_gives_it() {
        let spring = bounds(
            "Europe/Berlin",
            "2026-03-28T23:00:00Z",
            "2026-03-29T22:00:00Z",
            Granularity::Hour,
        );
        assert_eq!(spring.len() - 1, 23);
        assert_eq!(spring[2], "2026-03-29T03:00:00");
        let autumn = bounds(
            "Europe/Berlin",
            "2026-10-24T22:00:00Z",
            "2026-10-25T23:00:00Z",
            Granularity::Hour,
        );
        assert_eq!(autumn.len() - 1, 25);
        let days = bounds(
            "Europe/Berlin",
            "2026-03-27T23:00:00Z",
            "2026-03-30T22:00:00Z",
            Granularity::Day,
        );
        assert_eq!(
            days,
            [
                "2026-03-28T00:00:00",
                "2026-03-29T00:00:00",
                "2026-03-30T00:00:00",
                "2026-03-31T00:00:00"
            ]
        );
    }

    #[test]
    fn half_hour_zones_have_their_own_hours() {
        let kolkata = bounds(
            "Asia/Kolkata",
            "2026-03-01T00:00:00Z",
            "2026-03-01T02:00:00Z",
            Granularity::Hour,
        );
        assert_eq!(kolkata[0], "2026-03-01T05:00:00");
        assert_eq!(kolkata.len() - 1, 3);
        // Lord Howe puts the clock back by half an hour, from 02:00 to 01:30.
        let lord_howe = bounds(
            "Australia/Lord_Howe",
            "2026-04-04T14:00:00Z",
            "2026-04-04T17:30:00Z",
            Granularity::Hour,
        );
        assert_eq!(
            lord_howe,
            [
                "2026-04-05T01:00:00",
                "2026-04-05T01:30:00",
                "2026-04-05T02:00:00",
                "2026-04-05T03:00:00",
                "2026-04-05T04:00:00"
            ]
        );
    }

    #[test]
    fn weeks_begin_on_monday_and_quarters_in_january() {
        let (from, to) = ("2026-02-15T10:00:00Z", "2026-02-16T10:00:00Z");
        let first = |granularity| bounds("UTC", from, to, granularity)[0].clone();
        assert_eq!(first(Granularity::Week), "2026-02-09T00:00:00");
        assert_eq!(first(Granularity::Month), "2026-02-01T00:00:00");
        assert_eq!(first(Granularity::Quarter), "2026-01-01T00:00:00");
        assert_eq!(first(Granularity::Year), "2026-01-01T00:00:00");
    }

    #[test]
    fn an_instant_lies_in_its_unit() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let range = (1_774_000_000_000, 1_776_000_000_000);
        for granularity in [Granularity::Hour, Granularity::Day, Granularity::Week] {
            let axis = Axis::new(&zone, range, granularity, 10_000).unwrap();
            for at in (range.0..range.1).step_by(12_345_678) {
                let (from, to) = axis.unit(axis.place(at));
                assert!(from <= at && at < to);
            }
        }
    }

    #[test]
    fn ten_years_by_the_second_are_refused_with_a_way_out() {
        let zone = Zone::named("UTC").unwrap();
        let range = (0, 10 * 365 * 86_400_000);
        let error = Axis::new(&zone, range, Granularity::Second, 10_000).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("\"day\""), "{message}");
    }
}
