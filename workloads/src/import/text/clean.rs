//! Taking away what mail programs, terminals, loggers and diffs put around a kernel's line.

/// A line as the kernel printed it, as far as that can be told, and the kernel's own time stamp.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Clean {
    /// The text after all prefixes; blanks at its ends are gone.
    pub(super) text: String,
    /// Whether the line had a time stamp or a logger's prefix: then it begins a record.
    pub(super) stamped: bool,
    /// The kernel's time stamp in microseconds.
    pub(super) stamp_us: Option<u64>,
    /// Whether it stands in a diff as taken away.
    pub(super) taken_away: bool,
}

/// Cleans one line.
pub(super) fn clean(text: &str) -> Clean {
    let mut rest = text.trim();
    while let Some(inner) = rest.strip_prefix(['>', '|']) {
        rest = inner.trim_start();
    }
    let mut taken_away = false;
    if let Some(inner) = rest.strip_prefix('+') {
        rest = inner.trim_start();
    } else if let Some(inner) = rest.strip_prefix('-').filter(|inner| !inner.starts_with('-')) {
        taken_away = true;
        rest = inner.trim_start();
    }
    let mut line = Clean { taken_away, ..Clean::default() };
    rest = before_stamp(after_logger(rest, &mut line));
    rest = after_date(rest, &mut line);
    if let Some(inner) = level(rest) {
        rest = inner;
    }
    while let Some((inside, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        let Some(stamp) = stamp(inside) else { break };
        line.stamped = true;
        line.stamp_us = line.stamp_us.or(stamp);
        rest = after.trim_start();
    }
    line.text = rest.replace('\t', " ");
    line
}

/// `<6>` of a raw log.
fn level(text: &str) -> Option<&str> {
    let (inside, after) = text.strip_prefix('<')?.split_once('>')?;
    (!inside.is_empty() && inside.len() <= 4 && inside.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| after.trim_start())
}

/// What follows `… host kernel: `, the prefix of syslog and of the journal.
fn after_logger<'t>(text: &'t str, line: &mut Clean) -> &'t str {
    match text.split_once(" kernel: ") {
        // A logger's prefix is a date and a host's name; a sentence that speaks of a kernel is longer.
        Some((before, after)) if before.len() <= 80 && before.contains(':') => {
            line.stamped = true;
            after.trim_start()
        }
        _ => text,
    }
}

/// Drops what a tool put in front of the kernel's time stamp: `kern  :info  : ` of `dmesg -x`, a line's number, the name
/// of a file, the time by which a terminal program marked the line.
fn before_stamp(text: &str) -> &str {
    let starts = text.char_indices().filter(|&(at, char)| char == '[' && at <= 80).map(|(at, _)| &text[at..]);
    let is_long = |inside: &str| inside.len() >= "0.000000".len();
    let mut stamped = starts.filter(|rest| {
        let inside = rest[1..].split_once(']').map(|(inside, _)| inside);
        inside.filter(|inside| is_long(inside)).and_then(stamp).is_some()
    });
    stamped.next().unwrap_or(text)
}

/// `2025-11-04T23:50:06,123456+00:00 ` of `dmesg --time-format iso`.
fn after_date<'t>(text: &'t str, line: &mut Clean) -> &'t str {
    let Some((date, after)) = text.split_once(' ') else { return text };
    if date.len() < 19 || !is_date(&date.as_bytes()[..19]) {
        return text;
    }
    line.stamped = true;
    after.trim_start()
}

/// `2025-11-04T23:50:06`, or with a blank in the middle.
fn is_date(text: &[u8]) -> bool {
    text.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        10 => matches!(byte, b'T' | b' '),
        13 | 16 => *byte == b':',
        _ => byte.is_ascii_digit(),
    })
}

/// What stands between brackets at the beginning: seconds, `T0`, `C12`, or a date. `None` if it is none of these.
#[expect(clippy::option_option, reason = "no stamp, and a stamp that is not the kernel's clock")]
fn stamp(inside: &str) -> Option<Option<u64>> {
    let inside = inside.trim();
    if let Some((seconds, fraction)) = inside.split_once('.')
        && fraction.len() == 6
        && let (Ok(seconds), Ok(fraction)) = (seconds.parse::<u64>(), fraction.parse::<u64>())
    {
        return Some(seconds.checked_mul(1_000_000).and_then(|us| us.checked_add(fraction)));
    }
    if let Some(digits) = inside.strip_prefix(['T', 'C'])
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some(None);
    }
    if inside.len() >= 19 && is_date(&inside.as_bytes()[..19]) {
        return Some(None);
    }
    let day = ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "];
    day.iter().any(|day| inside.starts_with(day)).then_some(None)
}

/// The kernel's own stamp in what stands before `rest` in `text`.
pub(super) fn stamp_before(text: &str, rest: &str) -> Option<u64> {
    let before = &text[..text.len().saturating_sub(rest.len())];
    let mut numbers = before.split(|char: char| !char.is_ascii_digit() && char != '.');
    numbers.find_map(|number| stamp(number).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_is_taken_away() {
        let record = "memblock_reserve: [0x00001000-0x00001fff] foo+0x1/0x2";
        let prefixes = [
            "",
            "[    0.000000] ",
            "[    0.000000][    T0] ",
            "[Tue Nov  4 23:50:06 2025] ",
            "<6>[    0.000000] ",
            "> >> [    0.000000] ",
            "+[    0.000000] ",
            "Nov  4 23:50:06 host kernel: [    0.000000] ",
            "Nov 04 23:50:06 host kernel: ",
            "2025-11-04T23:50:06.123456+00:00 host kernel: [    0.000000] ",
            "kern  :info  : [    0.000000] ",
            "kern  :info  : [Tue Nov  4 23:50:06 2025] ",
            "2025-11-04T23:50:06,123456+00:00 ",
            "[2025-11-04 23:50:06.123] [    0.000000] ",
            "Nov 04 23:50:06 [    0.000000] ",
            "   123\t[    0.000000] ",
            "boot.log:123:[    0.000000] ",
            "\t",
        ];
        for prefix in prefixes {
            let line = clean(&format!("{prefix}{record}"));
            assert_eq!(line.text, record, "{prefix}");
            assert!(!line.taken_away, "{prefix}");
        }
        assert!(clean(&format!("-{record}")).taken_away);
    }

    #[test]
    fn the_stamp_is_the_kernels() {
        assert_eq!(clean("[   12.000034][  T0] x").stamp_us, Some(12_000_034));
        assert_eq!(clean("[mem 0x0-0x1] x").text, "[mem 0x0-0x1] x");
    }
}
