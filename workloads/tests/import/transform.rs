//! What happens to a log between a kernel and whoever imports it.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;

/// Something that happens to a log as a whole.
pub(crate) type Transform = fn(&str) -> Vec<u8>;

/// What programs and people do to text, each with its name. Any of them may come after any other.
pub(crate) const TEXT: [(&str, Transform); 58] = [
    ("dmesg", |log| prefixed(log, |_| "[    0.000000] ".into())),
    ("caller", |log| prefixed(log, |n| format!("[    0.00{:04}][    T0] ", n % 10000))),
    ("caller of another CPU", |log| {
        prefixed(log, |n| format!("[    0.000000][{:>6}] ", if n % 3 == 0 { "C1" } else { "T0" }))
    }),
    ("dmesg -T", |log| prefixed(log, |_| "[Tue Nov  4 23:50:06 2025] ".into())),
    ("dmesg -T, German", |log| prefixed(log, |_| "[Di Nov  4 23:50:06 2025] ".into())),
    ("dmesg -T, Chinese", |log| prefixed(log, |_| "[二 11月  4 23:50:06 2025] ".into())),
    ("dmesg -d", |log| prefixed(log, |_| "[    0.000000 <    0.000000>] ".into())),
    ("dmesg -x", |log| {
        prefixed(log, |n| (if n % 5 == 0 { "kern  :notice: " } else { "kern  :info  : " }).into())
    }),
    ("level", |log| prefixed(log, |_| "<6>".into())),
    ("syslog", |log| prefixed(log, |_| "Nov  4 23:50:06 host kernel: ".into())),
    ("journal, iso", |log| prefixed(log, |_| "2025-11-04T23:50:06+0100 my-host kernel: ".into())),
    ("journal, monotonic", |log| prefixed(log, |_| "[    1.234567] my-host.example kernel: ".into())),
    ("journal, unix", |log| prefixed(log, |n| format!("1762296606.{n:06} host kernel: "))),
    ("rfc5424", |log| prefixed(log, |_| "<6>1 2025-11-04T23:50:06.123456+01:00 host kernel - - - ".into())),
    ("kmsg", |log| escaped(&text(prefixed(log, |n| format!("6,{n},0,-;"))), "\\x09").into()),
    ("amlogic", |log| prefixed(log, |n| format!("[    0.000000@{}] ", n % 2))),
    ("msm", |log| prefixed(log, |_| "[    0.000000]  c0      0 ".into())),
    ("mediatek", |log| prefixed(log, |_| "[    0.000000]  (0)[0:swapper/0]".into())),
    ("samsung", |log| prefixed(log, |_| "[    0.000000]  [0:      swapper/0:    0] ".into())),
    ("hisilicon", |log| prefixed(log, |_| "[    0.000000s][pid:0,cpu0,swapper]".into())),
    ("nine digits", |log| prefixed(log, |_| "[    0.000000000] ".into())),
    ("no brackets", |log| prefixed(log, |_| "0.000000 ".into())),
    ("logcat", |log| prefixed(log, |_| "01-01 00:00:00.000     0     0 I kernel  : ".into())),
    ("logcat, brief", |log| prefixed(log, |_| "I/kernel  (    0): ".into())),
    ("cisco", |log| prefixed(log, |_| "%KERN-6-SYSTEM_MSG: ".into())),
    ("line numbers", |log| prefixed(log, |n| format!("{n}: "))),
    ("cat -n", |log| prefixed(log, |n| format!("{n:6}\t"))),
    ("grep", |log| prefixed(log, |n| format!("logs/boot.log:{n}:"))),
    ("comment", |log| prefixed(log, |_| "// ".into())),
    ("comment of a shell", |log| prefixed(log, |_| "# ".into())),
    ("comment of C", |log| prefixed(log, |_| " * ".into())),
    ("dashes", |log| prefixed(log, |_| "- ".into())),
    ("bullets", |log| prefixed(log, |_| "\u{2022} ".into())),
    ("quoted", |log| prefixed(log, |_| "> ".into())),
    ("quoted twice", |log| prefixed(log, |_| ">> ".into())),
    ("added", |log| prefixed(log, |_| "+".into())),
    ("indented", |log| prefixed(log, |_| "    ".into())),
    ("ts", |log| prefixed(log, |_| "2025-11-04 23:50:06.123 ".into())),
    ("serial console of a cluster", |log| prefixed(log, |_| "node17: ".into())),
    ("xen", |log| {
        prefixed(log, |n| (if n % 4 == 1 { "(XEN) [2025-11-04 23:50:06] d0 " } else { "" }).into())
    }),
    ("csv", |log| lines(log, |n, line| format!("{n},0.000000,\"{line}\""))),
    ("export", |log| {
        lines(log, |n, line| format!("__CURSOR=s=1;i={n}\n_TRANSPORT=kernel\nMESSAGE={line}\n"))
    }),
    ("carriage returns", |log| lines(log, |_, line| format!("{line}\r"))),
    ("#015", |log| lines(log, |_, line| format!("{line}#015"))),
    ("blanks behind", |log| lines(log, |_, line| format!("{line}   "))),
    ("break", |log| lines(log, |_, line| format!("{line}<br>"))),
    ("table", |log| lines(log, |_, line| format!("| {line} |"))),
    ("#011", |log| escaped(log, "#011").into()),
    ("^I", |log| escaped(log, "^I").into()),
    ("tabs as blanks", |log| escaped(log, "  ").into()),
    ("colour", |log| lines(log, |_, line| format!("\u{1b}[32m{line}\u{1b}[0m"))),
    ("colour in words", |log| lines(log, |_, line| format!("#033[32m{line}#033[0m"))),
    ("hard blanks", |log| log.replace("  ", " \u{a0}").replace("] [", "]\u{a0}[").into()),
    ("blanks dropped", |log| lines(log, |_, line| line.trim_start().to_owned())),
    ("zero width", |log| lines(log, |_, line| format!("\u{200b}{line}"))),
    ("empty lines", |log| lines(log, |_, line| format!("{line}\n"))),
    ("reversed", |log| {
        let mut lines: Vec<&str> = log.lines().collect();
        lines.reverse();
        (lines.join("\n") + "\n").into()
    }),
    ("prose", |log| format!("Hello,\n\nmemblock_reserve: is what puzzles me.\n\n{log}\nAny idea?\n").into()),
];

/// What wraps the text up, after which it is another kind of text, or no text at all.
pub(crate) const WRAPPED: [(&str, Transform); 18] = [
    ("nothing", |log| log.into()),
    ("dmesg --json", |log| {
        let lines = log.lines().map(|line| {
            format!("      {{\n         \"pri\": 6,\n         \"time\":     0.000000,\n         \"msg\": {}\n      }}", json(line))
        });
        format!("{{\n   \"dmesg\": [\n{}\n   ]\n}}\n", lines.collect::<Vec<_>>().join(",\n")).into()
    }),
    ("journal json", |log| {
        lines(log, |n, line| {
            format!(
                "{{\"__CURSOR\":\"s={n};i=1\",\"PRIORITY\":\"6\",\"MESSAGE\":{},\"_HOSTNAME\":\"host\"}}",
                json(line)
            )
        })
    }),
    ("json list", |log| lines(log, |_, line| format!("  {},", json(line)))),
    ("docker", |log| {
        lines(log, |_, line| format!("{{\"log\":{},\"stream\":\"stdout\"}}", json(&format!("{line}\n"))))
    }),
    ("html", |log| {
        let inner = log.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        format!("<html><body><pre>{inner}</pre></body></html>\n").into()
    }),
    ("html table", |log| {
        lines(log, |n, line| format!("<tr><td>{n}</td><td>{}</td></tr>", line.replace('<', "&lt;")))
    }),
    ("mail, wrapped", |log| wrapped(log, 76)),
    ("terminal", |log| columns(log, 80)),
    ("wide terminal", |log| columns(log, 100)),
    ("terminal, indented", |log| {
        lines(log, |_, line| {
            let chars: Vec<char> = line.chars().collect();
            let (first, rest) = chars.split_at(chars.len().min(80));
            let rest = rest.chunks(76).map(|row| format!("\n    {}", row.iter().collect::<String>()));
            first.iter().collect::<String>() + &rest.collect::<String>()
        })
    }),
    ("terminal, quoted", |log| prefixed(&text(columns(log, 72)), |_| "> ".into())),
    ("quoted-printable", quoted_printable),
    ("base64", |log| mail(log.as_bytes())),
    ("base64 of gzip", |log| mail(&gzip(log))),
    ("utf-16", |log| log.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ("utf-32", |log| log.chars().flat_map(|char| u32::from(char).to_be_bytes()).collect()),
    ("gzip", gzip),
];

fn lines(log: &str, change: impl Fn(usize, &str) -> String) -> Vec<u8> {
    let mut changed = String::new();
    for (n, line) in log.lines().enumerate() {
        changed.push_str(&change(n + 1, line));
        changed.push('\n');
    }
    changed.into()
}

fn prefixed(log: &str, prefix: impl Fn(usize) -> String) -> Vec<u8> {
    lines(log, |n, line| prefix(n) + line)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn escaped(log: &str, tab: &str) -> String {
    log.replace("]\t[", &format!("]{tab}["))
}

fn json(line: &str) -> String {
    let mut text = String::from('"');
    for char in line.chars() {
        match char {
            '"' | '\\' => text.extend(['\\', char]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            char if char.is_control() => write!(text, "\\u{:04x}", u32::from(char)).unwrap(),
            char => text.push(char),
        }
    }
    text + "\""
}

/// As a mail program breaks lines at blanks.
fn wrapped(log: &str, width: usize) -> Vec<u8> {
    lines(log, |_, line| {
        let (mut text, mut at) = (String::new(), 0);
        for word in line.split_inclusive(' ') {
            if at > 0 && at + word.trim_end().len() > width {
                text.truncate(text.trim_end().len());
                text.push('\n');
                at = 0;
            }
            text.push_str(word);
            at += word.len();
        }
        text
    })
}

/// As a terminal breaks lines at a column.
fn columns(log: &str, width: usize) -> Vec<u8> {
    lines(log, |_, line| {
        let chars: Vec<char> = line.chars().collect();
        let rows: Vec<String> = chars.chunks(width).map(|row| row.iter().collect()).collect();
        rows.join("\n")
    })
}

fn quoted_printable(log: &str) -> Vec<u8> {
    lines(log, |_, line| {
        let (mut text, mut at) = (String::new(), 0);
        for byte in line.bytes() {
            let piece = match byte {
                b'\t' | b' '..=b'<' | b'>'..=b'~' => char::from(byte).to_string(),
                byte => format!("={byte:02X}"),
            };
            if at + piece.len() > 75 {
                text.push_str("=\n");
                at = 0;
            }
            at += piece.len();
            text.push_str(&piece);
        }
        text
    })
}

fn mail(bytes: &[u8]) -> Vec<u8> {
    let packed = base64::engine::general_purpose::STANDARD.encode(bytes);
    let mut mail = String::from(
        "From: someone@example.com\nContent-Type: text/plain; name=\"dmesg.txt\"\nContent-Transfer-Encoding: base64\n\n",
    );
    for line in packed.as_bytes().chunks(76) {
        mail.push_str(std::str::from_utf8(line).unwrap());
        mail.push('\n');
    }
    (mail + "\n--boundary--\n").into()
}

fn gzip(log: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(log.as_bytes()).unwrap();
    packer.finish().unwrap()
}
