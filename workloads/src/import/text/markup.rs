//! The text in a line of HTML.

/// Elements that begin a line of their own.
const BLOCKS: [&str; 14] =
    ["br", "p", "div", "li", "tr", "td", "th", "pre", "ul", "ol", "table", "hr", "blockquote", "tbody"];

/// Elements that stand within a line.
const INLINE: [&str; 20] = [
    "a", "b", "i", "u", "s", "em", "strong", "span", "code", "font", "tt", "samp", "small", "big", "html",
    "body", "head", "mark", "kbd", "wbr",
];

/// The lines of text in `line`, or `None` when it has no markup.
pub(super) fn lines(line: &str) -> Option<Vec<String>> {
    if !line.contains(['<', '&']) {
        return None;
    }
    let mut lines = vec![String::new()];
    let mut rest = line;
    let mut found = false;
    while let Some(at) = rest.find(['<', '&']) {
        let last = lines.last_mut()?;
        last.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((char, after)) = entity(rest) {
            last.push_str(char);
            rest = after;
        } else if let Some((is_block, after)) = tag(rest) {
            if is_block {
                lines.push(String::new());
            }
            rest = after;
        } else {
            last.push_str(&rest[..1]);
            rest = &rest[1..];
            continue;
        }
        found = true;
    }
    lines.last_mut()?.push_str(rest);
    lines.retain(|line| !line.trim().is_empty());
    found.then_some(lines)
}

/// A tag at the beginning of `text`: whether it begins a line, and what follows it.
fn tag(text: &str) -> Option<(bool, &str)> {
    let (inside, after) = text.strip_prefix('<')?.split_once('>')?;
    let name = inside.trim_start_matches('/');
    let name = name.split([' ', '/', '\t']).next()?.to_ascii_lowercase();
    if BLOCKS.contains(&name.as_str()) {
        Some((true, after))
    } else {
        INLINE.contains(&name.as_str()).then_some((false, after))
    }
}

/// An entity at the beginning of `text`: what it stands for, and what follows it.
fn entity(text: &str) -> Option<(&'static str, &str)> {
    let known = [
        ("&nbsp;", " "),
        ("&#160;", " "),
        ("&#xa0;", " "),
        ("&#xA0;", " "),
        ("&ensp;", " "),
        ("&emsp;", " "),
        ("&thinsp;", " "),
        ("&#9;", "\t"),
        ("&#x9;", "\t"),
        ("&#x09;", "\t"),
        ("&#09;", "\t"),
        ("&Tab;", "\t"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#x3c;", "<"),
        ("&#x3e;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#91;", "["),
        ("&#93;", "]"),
        ("&lsqb;", "["),
        ("&rsqb;", "]"),
        ("&lbrack;", "["),
        ("&rbrack;", "]"),
        ("&#45;", "-"),
        ("&ndash;", "-"),
        ("&amp;", "&"),
        ("&#38;", "&"),
    ];
    known.iter().find_map(|(name, char)| text.strip_prefix(name).map(|after| (*char, after)))
}
