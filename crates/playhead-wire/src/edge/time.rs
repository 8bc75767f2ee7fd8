//! Timestamps: ISO 8601 with an offset, down to the millisecond.

const MS_PER_MINUTE: i64 = 60_000;
const MS_PER_DAY: i64 = 86_400_000;

/// Reads a timestamp as milliseconds since 1970-01-01 UTC; what is finer is cut. Offsets without a
/// colon or without minutes are ISO 8601 too, but not in the strict profile.
pub(super) fn parse(text: &str, strict: bool) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let time = rest.strip_prefix(['T', 't'])?;
    let (clock, rest) = time.split_at_checked(8)?;
    let (ms, offset) = fraction(rest)?;
    let day = date_of(date)?;
    let ms_of_day = clock_of(clock)? + ms;
    Some(day * MS_PER_DAY + ms_of_day - offset_ms(offset, strict)?)
}

/// Days since 1970-01-01 of `YYYY-MM-DD`.
fn date_of(date: &str) -> Option<i64> {
    let [year, month, day] = parts(date, '-', [4, 2, 2])?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years are counted from March, so that the day that some have more is the last one.
    let (year, month) = if month < 3 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468)
}

/// Milliseconds of `hh:mm:ss`; a leap second counts as the second after it.
fn clock_of(clock: &str) -> Option<i64> {
    let [hour, minute, second] = parts(clock, ':', [2, 2, 2])?;
    (hour < 24 && minute < 60 && second <= 60)
        .then_some((hour * 60 + minute) * MS_PER_MINUTE + second * 1_000)
}

/// The milliseconds of a fraction, if there is one, and what comes after it.
fn fraction(rest: &str) -> Option<(i64, &str)> {
    let Some(fraction) = rest.strip_prefix('.') else {
        return Some((0, rest));
    };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = fraction.split_at(digits);
    let ms = digits.bytes().chain(*b"000").take(3);
    let ms = ms.fold(0, |ms, digit| ms * 10 + i64::from(digit - b'0'));
    (!digits.is_empty()).then_some((ms, rest))
}

/// Milliseconds by which the clock is ahead of UTC.
fn offset_ms(offset: &str, strict: bool) -> Option<i64> {
    if matches!(offset, "Z" | "z") {
        return Some(0);
    }
    let (sign, digits) = match offset.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.len() {
        5 => digits.split_once(':')?,
        4 if !strict => digits.split_at_checked(2)?,
        2 if !strict => (digits, "00"),
        _ => return None,
    };
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * MS_PER_MINUTE)
}

fn parts(text: &str, separator: char, lengths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (place, length) in numbers.iter_mut().zip(lengths) {
        *place = number(parts.next()?, length)?;
    }
    parts.next().is_none().then_some(numbers)
}

fn number(digits: &str, length: usize) -> Option<i64> {
    let is_number = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn times_with_an_offset_are_read() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-01-02T03:04:05.678Z", 1_767_323_045_678),
            ("2026-01-02T04:04:05.678+01:00", 1_767_323_045_678),
            ("2026-01-01T21:34:05.678-05:30", 1_767_323_045_678),
            ("2026-01-02T03:04:05Z", 1_767_323_045_000),
            ("2026-01-02T03:04:05.6Z", 1_767_323_045_600),
            ("2026-01-02T03:04:05.678999999Z", 1_767_323_045_678),
            ("2024-02-29T23:59:60Z", 1_709_251_200_000),
            ("2000-03-01T00:00:00+00:00", 951_868_800_000),
            ("1969-12-31T23:59:59.9999Z", -1),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] {
            assert_eq!(parse(text, true), Some(ms), "{text}");
        }
        for text in ["2026-01-02T04:04:05.678+0100", "2026-01-02T04:04:05.678+01"] {
            assert_eq!(parse(text, false), Some(1_767_323_045_678), "{text}");
            assert_eq!(parse(text, true), None, "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in [
            "",
            "now",
            "1767323045678",
            "2026-01-02",
            "2026-01-02T03:04:05",
            "2026-01-02T03:04:05.Z",
            "2026-01-02 03:04:05Z",
            "2026-01-02T03:04Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-02T24:00:00Z",
            "2026-01-02T03:60:05Z",
            "2026-01-02T03:04:05+25:00",
            "2026-01-02T03:04:05+1:00",
            "2026-01-02T03:04:05Z ",
            "+026-01-02T03:04:05Z",
            "2026-01-0é03:04:05Z",
        ] {
            assert_eq!(parse(text, false), None, "{text}");
        }
    }
}
