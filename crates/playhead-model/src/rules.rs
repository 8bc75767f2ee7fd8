//! The rules that shape numbers. They are records in the log, and a session keeps those it began
//! with, so that a replay needs no configuration of today.

use crate::report::did_you_mean;

/// The unit of `media.qoe.bitrate` as a suite's players send it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BitrateUnit {
    /// Taken as it is.
    #[default]
    Kbps,
    /// Divided by 1,000 (protocol §9-10).
    Bps,
}

/// The rules in force for the sessions of a suite that begin now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rules {
    /// How long an event waits to be put in order (R2.3), ms of server time.
    pub hold_ms: u64,
    /// How many events may wait (R2.3).
    pub held_max: usize,
    /// Silence that ends a session (R2.5), ms.
    pub idle_ms: u64,
    /// Standing playhead that ends a session (R2.5), ms of the client's clock.
    pub still_ms: u64,
    /// Age that ends a session (R2.5), ms of server time.
    pub age_ms: u64,
    /// Unmoved `play` and `ping` events that make a stall (R4.4).
    pub stall_samples: u32,
    /// Least span of a stall (R4.4), ms.
    pub stall_ms: u64,
    /// How long after `adStart` a repeated pause or buffer is the old one (R5.3), ms.
    pub ad_echo_ms: u64,
    /// Unit of the bitrate (R8.1).
    pub bitrate_unit: BitrateUnit,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            hold_ms: 5_000,
            held_max: crate::limits::HELD_EVENTS,
            idle_ms: 600_000,
            still_ms: 1_800_000,
            age_ms: 87_000_000,
            stall_samples: 3,
            stall_ms: 1_000,
            ad_echo_ms: 1_000,
            bitrate_unit: BitrateUnit::Kbps,
        }
    }
}

/// Writes a value into the rule that it is for.
type Write = fn(&mut Rules, u64);

/// One rule with another value, written as `name=value`.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    write: Write,
    value: u64,
}

/// What is wrong with a change of a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    #[error("{text:?} has no `=`: a rule is changed by NAME=VALUE")]
    Form { text: String },
    #[error("there is no rule {name:?}{}", did_you_mean(name, Change::NAMES.map(|(name, ..)| name)))]
    Name { name: String },
    #[error("{name} takes {takes}, not {value:?}")]
    Value {
        name: &'static str,
        takes: &'static str,
        value: String,
    },
}

const NUMBER: &str = "a whole number";
const MS: &str = "a whole number of milliseconds";
const UNIT: &str = "kbps or bps";

impl Change {
    /// The rules that can be changed, and what each takes.
    const NAMES: [(&str, &str, Write); 9] = [
        ("hold_ms", MS, |rules, ms| rules.hold_ms = ms),
        ("held_max", NUMBER, |rules, max| {
            rules.held_max = usize::try_from(max).unwrap_or(usize::MAX);
        }),
        ("idle_ms", MS, |rules, ms| rules.idle_ms = ms),
        ("still_ms", MS, |rules, ms| rules.still_ms = ms),
        ("age_ms", MS, |rules, ms| rules.age_ms = ms),
        ("stall_samples", NUMBER, |rules, samples| {
            rules.stall_samples = u32::try_from(samples).unwrap_or(u32::MAX);
        }),
        ("stall_ms", MS, |rules, ms| rules.stall_ms = ms),
        ("ad_echo_ms", MS, |rules, ms| rules.ad_echo_ms = ms),
        ("bitrate_unit", UNIT, |rules, unit| {
            rules.bitrate_unit = if unit == 0 {
                BitrateUnit::Kbps
            } else {
                BitrateUnit::Bps
            };
        }),
    ];

    /// Reads `name=value`.
    ///
    /// # Errors
    /// If there is no such rule, or it does not take the value.
    pub fn parse(text: &str) -> Result<Self, ChangeError> {
        let Some((name, value)) = text.split_once('=') else {
            let text = text.to_owned();
            return Err(ChangeError::Form { text });
        };
        let (name, value) = (name.trim(), value.trim());
        let known = Self::NAMES.into_iter().find(|(known, ..)| *known == name);
        let Some((name, takes, write)) = known else {
            let name = name.to_owned();
            return Err(ChangeError::Name { name });
        };
        let number = match (takes, value) {
            (UNIT, "kbps") => Some(0),
            (UNIT, "bps") => Some(1),
            (UNIT, _) => None,
            _ => value.parse().ok(),
        };
        let Some(value) = number else {
            let value = value.to_owned();
            return Err(ChangeError::Value { name, takes, value });
        };
        Ok(Self { write, value })
    }

    /// Makes the change.
    pub fn apply(&self, rules: &mut Rules) {
        (self.write)(rules, self.value);
    }
}

crate::codec_enum!(BitrateUnit { Kbps = 0, Bps = 1 });
crate::codec_struct!(Rules {
    hold_ms,
    held_max,
    idle_ms,
    still_ms,
    age_ms,
    stall_samples,
    stall_ms,
    ad_echo_ms,
    bitrate_unit,
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_names_a_rule_and_a_value_that_it_takes() {
        let mut rules = Rules::default();
        for text in ["idle_ms=60000", "bitrate_unit = bps", "stall_samples=5"] {
            Change::parse(text).unwrap().apply(&mut rules);
        }
        let expected = Rules {
            idle_ms: 60_000,
            bitrate_unit: BitrateUnit::Bps,
            stall_samples: 5,
            ..Rules::default()
        };
        assert_eq!(rules, expected);
    }

    #[test]
    fn what_is_wrong_with_a_change_is_said() {
        let wrong = |text| Change::parse(text).unwrap_err().to_string();
        assert_eq!(
            wrong("idle_ms"),
            "\"idle_ms\" has no `=`: a rule is changed by NAME=VALUE"
        );
        assert_eq!(
            wrong("idel_ms=1"),
            "there is no rule \"idel_ms\"; did you mean \"idle_ms\"?"
        );
        assert_eq!(
            wrong("idle_ms=soon"),
            "idle_ms takes a whole number of milliseconds, not \"soon\""
        );
        assert_eq!(
            wrong("bitrate_unit=2"),
            "bitrate_unit takes kbps or bps, not \"2\""
        );
    }
}
