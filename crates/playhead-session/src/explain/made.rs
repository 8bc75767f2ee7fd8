//! The metrics that need more than a sum or a list of events.

use playhead_model::event::QualityKey;
use playhead_model::keys::EventType;
use playhead_model::outcome::CloseReason;
use playhead_model::rules::BitrateUnit;

use super::change::Change;
use super::facts::Facts;
use super::interval::{Label, Part, sum_ms, sum_us, weigh};
use super::metric::{Exact, Made};
use super::recorder::Accepted;
use super::words::{duration, place, playhead, seconds};
use crate::observe::Use;
use crate::totals::FAILURE_CONTENT_MS;

pub(super) fn made_content_start(facts: &Facts<'_>) -> Made {
    let Some(order) = facts.played_by else {
        return Made::because("no play outside an ad break, and no content time");
    };
    let number = facts.accepted[order].number;
    let because = match facts.sources[number].event_type {
        EventType::Play => format!("#{number} is the first play outside an ad break"),
        _ => format!("#{number} ends the first content time"),
    };
    Made::because(because).with(vec![number])
}

/// M6: content, ads and gaps between ads.
pub(super) fn made_total(facts: &Facts<'_>) -> Made {
    let parts = facts.intervals(|span| match span.counts_as {
        Use::Content | Use::Ad(_) | Use::Gap => Some(Label {
            counts_as: Some(span.counts_as),
            bitrate: None,
        }),
        _ => None,
    });
    let totals = &facts.totals;
    let mut made = Made::of_time(parts);
    if !made.parts.is_empty() {
        let terms = [totals.content_ms, totals.ad_ms, totals.gap_ms].map(seconds);
        made.because = format!(
            "content {} + ads {} + gaps between ads {} = {} s, rounded once",
            terms[0],
            terms[1],
            terms[2],
            seconds(totals.total_ms())
        );
    }
    made
}

pub(super) fn made_unique(facts: &Facts<'_>) -> Made {
    let parts = facts.watched_once();
    let us = sum_us(&parts);
    let stretches = match parts.len() {
        0 => String::new(),
        1 => format!("one stretch of content, {} s, rounded once", place(us)),
        many => format!(
            "{many} stretches of content, {} s together, rounded once",
            place(us)
        ),
    };
    Made {
        exact: Some(Exact::Us(us)),
        parts,
        because: stretches,
        ..Made::default()
    }
}

pub(super) fn made_marker(facts: &Facts<'_>, percent: i64) -> Made {
    let length = facts.start.length;
    if length.0 <= 0 {
        return Made::because("the content has no length");
    }
    let mark = i128::from(percent) * i128::from(length.0);
    let reaches = |place: i64| i128::from(place) * 100 >= mark;
    let mut considered = facts.considered();
    let goal = format!("{percent}% of {} s", playhead(length));
    match considered.find(|accepted| reaches(facts.considered_place(accepted))) {
        Some(accepted) => {
            let at = place(facts.considered_place(accepted));
            let because = format!(
                "#{} at {at} s is the first at or past {goal}",
                accepted.number
            );
            Made::because(because).with(vec![accepted.number])
        }
        None if facts.played_by.is_none() => Made::because("the content did not start"),
        None => Made::because(format!("no playhead reached {goal}")),
    }
}

/// R4.7: the lowest and the highest considered playhead.
pub(super) fn made_segment(facts: &Facts<'_>) -> Made {
    let place_of = |accepted: &Accepted| facts.considered_place(accepted);
    let lowest = facts.considered().min_by_key(|accepted| place_of(accepted));
    // Of equals the first, as for the lowest.
    let higher = |best, next| {
        if place_of(next) > place_of(best) {
            next
        } else {
            best
        }
    };
    let highest = facts.considered().reduce(higher);
    let (Some(lowest), Some(highest)) = (lowest, highest) else {
        return Made::because("the content did not start");
    };
    let because = format!(
        "playheads from {} s (#{}) to {} s (#{}), widened to five minutes",
        place(facts.considered_place(lowest)),
        lowest.number,
        place(facts.considered_place(highest)),
        highest.number
    );
    Made::because(because).with(vec![lowest.number, highest.number])
}

pub(super) fn made_audience(facts: &Facts<'_>) -> Made {
    match facts.rows.session.length.filter(|length| *length > 0.0) {
        Some(length) => Made::because(format!("{} s ÷ {length} s", facts.totals.time_played())),
        None => Made::because("the content has no length"),
    }
}

/// M23.
pub(super) fn made_last_call(facts: &Facts<'_>) -> Made {
    let exact = Some(Exact::Ms(facts.totals.since_last_call_ms));
    let Some(last) = facts.accepted.last() else {
        return Made::default();
    };
    let made = match facts.totals.close_reason {
        Some(CloseReason::SessionEnd) => {
            let orders = facts.accepted.len();
            let before = facts.interval(orders.saturating_sub(2), orders - 1, Label::default());
            Made {
                parts: vec![Part::Time(before)],
                ..Made::because(format!("from #{} to sessionEnd", before.from_event))
            }
        }
        Some(CloseReason::NoPlayheadChange) => Made::because(format!(
            "the playhead last moved {} s before the last accepted event; the session ended {} after that",
            seconds(last.ts.since(last.after.moved)),
            duration(facts.rules.still_ms)
        )),
        Some(CloseReason::NoEvents) if facts.downloaded => {
            Made::because("0 for a batch without sessionEnd")
        }
        Some(CloseReason::NoEvents) => Made::because(format!(
            "{} for timeout-no-events",
            duration(facts.rules.idle_ms)
        )),
        Some(CloseReason::SessionAge) => Made::because("0 for a session that grew too old"),
        None => Made::because("0 while the session is open"),
    };
    Made {
        exact,
        events: vec![last.number],
        ..made
    }
}

/// A flag that says whether a count is above zero.
pub(super) fn made_impacted(facts: &Facts<'_>, count: &'static str) -> Made {
    let events = facts.changed_by(|change| *change == Change::Counts(count));
    Made::because(format!("{count} is {}", events.len())).with(events)
}

pub(super) fn made_stall_count(facts: &Facts<'_>) -> Made {
    let parts = facts.stalls();
    let because = match parts.len() {
        0 => String::new(),
        _ => format!(
            "played with {} or more plays and pings at one playhead, over at least {}",
            facts.rules.stall_samples,
            duration(facts.rules.stall_ms)
        ),
    };
    Made {
        parts,
        because,
        ..Made::default()
    }
}

/// R8.1: playing in content and ads, by the bitrate in force.
pub(super) fn made_bitrate(facts: &Facts<'_>) -> Made {
    let parts = facts.intervals(|span| {
        let plays = matches!(span.counts_as, Use::Content | Use::Ad(_));
        (plays && span.bitrate > 0).then_some(Label {
            counts_as: None,
            bitrate: Some(span.bitrate),
        })
    });
    let (ms, sum) = weigh(&parts);
    if ms == 0 {
        return Made::because("nothing played at a known bitrate");
    }
    let unit = match facts.rules.bitrate_unit {
        BitrateUnit::Kbps => "",
        BitrateUnit::Bps => " ÷ 1000 (the suite sends bps)",
    };
    let because = format!(
        "bitrate × seconds {} ÷ {} s{unit}",
        thousandths(sum),
        seconds(ms)
    );
    Made {
        exact: Some(Exact::Weighted { ms, sum }),
        parts,
        because,
        ..Made::default()
    }
}

/// A sum of values times ms, as one of values times seconds.
fn thousandths(sum: i128) -> String {
    format!("{}.{:03}", sum / 1000, sum % 1000)
}

pub(super) fn made_last_said(facts: &Facts<'_>, unit: &str, key: QualityKey) -> Made {
    match facts.last_said(key) {
        Some((number, value)) => {
            Made::because(format!("#{number} said {value} {unit} last")).with(vec![number])
        }
        None => Made::because("no event said it"),
    }
}

/// R4.10: from the start to the first `play`.
pub(super) fn made_first_play(facts: &Facts<'_>) -> Made {
    let is_play = |it: &Accepted| facts.sources[it.number].event_type == EventType::Play;
    let Some(order) = facts.accepted.iter().position(is_play) else {
        return Made::because("no play");
    };
    let wait = facts.interval(0, order, Label::default());
    Made {
        exact: Some(Exact::Ms(wait.ms())),
        parts: vec![Part::Time(wait)],
        ..Made::because(format!("#{} is the first play", wait.to_event))
    }
    .with(vec![wait.to_event])
}

/// R8.5: whether there was an error tells a failure from an exit.
pub(super) fn made_not_started(facts: &Facts<'_>) -> Made {
    if facts.played_by.is_some() {
        return Made::because("the content started");
    }
    let errors = facts.changed_by(|change| *change == Change::Counts("errorCount"));
    let because = match errors.is_empty() {
        true => "the content did not start, without an error",
        false => "the content did not start, and there was an error",
    };
    Made::because(because).with(errors)
}

/// R8.5: the content after the last error.
pub(super) fn made_playback_failure(facts: &Facts<'_>) -> Made {
    let is_error = |it: &Accepted| facts.sources[it.number].event_type == EventType::Error;
    let Some(order) = facts.accepted.iter().rposition(is_error) else {
        return Made::because("no error");
    };
    let number = facts.accepted[order].number;
    let parts = facts.content_after(order);
    let ms = sum_ms(&parts);
    let because = if facts.played_by.is_none() {
        "the content did not start".to_owned()
    } else if facts.totals.is_completed {
        "the content is complete".to_owned()
    } else {
        format!(
            "{} s of content after #{number}, the last error; fewer than {} would be a failure",
            seconds(ms),
            duration(FAILURE_CONTENT_MS)
        )
    };
    Made {
        exact: Some(Exact::Ms(ms)),
        parts,
        ..Made::because(because)
    }
    .with(vec![number])
}
