//! Figures as text: three digits where a figure is noisy, all of them where it is exact.

/// Nanoseconds in the unit that suits, to three digits: `12.3 µs`.
#[must_use]
pub fn time(ns: f64) -> String {
    let (value, unit) = match ns {
        ns if ns < 999.5 => (ns, "ns"),
        ns if ns < 999_500.0 => (ns / 1e3, "µs"),
        ns if ns < 999_500_000.0 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    format!("{} {unit}", digits(value))
}

/// From one time to another, the unit named once where it is the same: `1.20–1.31 µs`.
#[must_use]
pub fn time_range(low: f64, high: f64) -> String {
    let (low, high) = (time(low), time(high));
    match (low.split_once(' '), high.split_once(' ')) {
        (Some((number, one)), Some((_, other))) if one == other => format!("{number}–{high}"),
        _ => format!("{low}–{high}"),
    }
}

/// Three significant digits, without an exponent.
#[must_use]
pub fn digits(value: f64) -> String {
    let places = match value.abs() {
        size if size == 0.0 || size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.9995 => 2,
        size if size >= 0.009_95 => 3,
        // Enough that it is not printed as nothing.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few places")]
        size => (2.0 - size.log10().floor()).clamp(3.0, 12.0) as usize,
    };
    format!("{value:.places$}")
}

/// The same without zeros at the end of a fraction, for round values: `1 µs`, `0.2 %`.
#[must_use]
pub fn round(text: &str) -> String {
    let (number, unit) = text.split_once(' ').map_or((text, None), |(number, unit)| (number, Some(unit)));
    let short =
        if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    unit.map_or_else(|| short.to_owned(), |unit| format!("{short} {unit}"))
}

/// A ratio: `0.312`, `1.02`, `14.7`.
#[must_use]
pub fn ratio(ratio: f64) -> String {
    digits(ratio)
}

/// A whole number in groups of three: `1,005,352`.
#[must_use]
pub fn count(number: u64) -> String {
    let plain = number.to_string();
    let mut grouped = String::with_capacity(plain.len() + plain.len() / 3);
    for (index, digit) in plain.chars().enumerate() {
        if index > 0 && (plain.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Bytes in the unit that suits: whole where it is whole, else to three digits: `48 KiB`, `1.25 GiB`.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let power = if bytes == 0 { 0 } else { (bytes.ilog2() / 10) as usize };
    let unit = 1_u64 << (10 * power);
    if bytes.is_multiple_of(unit) {
        format!("{} {}", bytes / unit, UNITS[power])
    } else {
        format!("{} {}", digits(bytes as f64 / unit as f64), UNITS[power])
    }
}

/// Something in a second: `1.23 G/s`.
#[must_use]
pub fn rate(per_second: f64) -> String {
    let (value, unit) = match per_second {
        rate if rate >= 999.5e9 => (rate / 1e12, "T/s"),
        rate if rate >= 999.5e6 => (rate / 1e9, "G/s"),
        rate if rate >= 999.5e3 => (rate / 1e6, "M/s"),
        rate if rate >= 999.5 => (rate / 1e3, "k/s"),
        rate => (rate, "/s"),
    };
    format!("{} {unit}", digits(value))
}

/// A share in per cent, down to a thousandth of it: `99.98 %`.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".into();
    }
    let share = 100.0 * part as f64 / whole as f64;
    match part {
        0 => "0 %".into(),
        part if part == whole => "100 %".into(),
        _ if !(0.01..=99.99).contains(&share) => format!("{share:.3} %"),
        _ => format!("{share:.2} %"),
    }
}

/// The same in letters that every mail program shows.
#[must_use]
pub fn ascii(text: &str) -> String {
    let plain = |letter: char| match letter {
        'µ' => "u".into(),
        '–' | '−' | '—' => "-".into(),
        '×' => "x".into(),
        '≤' => "<=".into(),
        '≥' => ">=".into(),
        '“' | '”' => "\"".into(),
        '’' | '‘' => "'".into(),
        '\u{a0}' | '\u{202f}' => " ".into(),
        letter if letter.is_ascii() => letter.to_string(),
        _ => "?".into(),
    };
    text.chars().map(plain).collect()
}

/// `1 boot`, `2 boots`.
#[must_use]
pub fn plural(number: usize, one: &str) -> String {
    format!("{} {one}{}", count(number as u64), if number == 1 { "" } else { "s" })
}

/// With a capital at its beginning.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_change_units_where_their_digits_would_run_out() {
        let shown = [0.4, 15.0, 999.4, 999.6, 12_345.0, 999_600.0, 4.2e9].map(time);
        assert_eq!(shown, ["0.400 ns", "15.0 ns", "999 ns", "1.00 µs", "12.3 µs", "1.00 ms", "4.20 s"]);
    }

    #[test]
    fn a_range_names_its_unit_once_where_it_is_one() {
        assert_eq!(time_range(1200.0, 1310.0), "1.20–1.31 µs");
        assert_eq!(time_range(900.0, 1310.0), "900 ns–1.31 µs");
    }

    #[test]
    fn whole_figures_keep_all_digits() {
        assert_eq!([0, 999, 1000, 1_005_352].map(count), ["0", "999", "1,000", "1,005,352"]);
        assert_eq!(
            [0, 4096, 1 << 30, 1536, 1023].map(bytes),
            ["0 B", "4 KiB", "1 GiB", "1.50 KiB", "1023 B"]
        );
        assert_eq!(bytes(u64::MAX), "16.0 EiB");
    }

    #[test]
    fn a_share_is_whole_only_when_it_is() {
        let shown = [(0, 9), (9, 9), (999_990, 1_000_000), (1, 3), (1, 0)].map(|(a, b)| percent(a, b));
        assert_eq!(shown, ["0 %", "100 %", "99.999 %", "33.33 %", "-"]);
        assert_eq!(percent(99_998, 100_000), "99.998 %");
    }

    #[test]
    fn mail_gets_ascii() {
        assert_eq!(ascii("12 µs – “x” × 3…"), "12 us - \"x\" x 3?");
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        assert_eq!([plural(1, "boot"), plural(1200, "boot")], ["1 boot", "1,200 boots"]);
    }
}
