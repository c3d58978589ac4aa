//! The texts in a line of JSON: of `dmesg --json`, of the journal, of container engines and collectors, whole or cut.

/// The names under which programs keep a log's text.
const KEYS: [&str; 9] =
    ["msg", "MESSAGE", "message", "Message", "log", "text", "textPayload", "_raw", "line"];

/// The texts in `line` that may be a log's, or `None` when it is not JSON.
///
/// Nothing is parsed but strings: JSON may be broken over lines or cut anywhere.
pub(super) fn values(line: &str) -> Option<Vec<String>> {
    let inner = line.trim_start();
    let inner = inner.strip_prefix("data:").map_or(inner, str::trim_start);
    let begins = inner.trim_start_matches(['[', ',', ' ']);
    if !(begins.starts_with("{\"")
        || begins.starts_with("{ \"")
        || begins.starts_with('"')
        || line.contains("{\""))
    {
        return None;
    }
    let mut found = Vec::new();
    let mut key: Option<String> = None;
    let mut lonely = Vec::new();
    let mut rest = line;
    let mut is_json = false;
    while let Some(at) = rest.find('"') {
        let between = rest[..at].trim();
        if !between.chars().all(|char| "{}[],: .-+".contains(char) || char.is_ascii_alphanumeric()) && is_json
        {
            return None;
        }
        let (text, after) = string(&rest[at + 1..])?;
        rest = after;
        if rest.trim_start().starts_with(':') {
            rest = rest.trim_start().strip_prefix(':').unwrap_or(rest);
            is_json = true;
            if let Some((bytes, after)) = bytes(rest) {
                if KEYS.contains(&text.as_str()) {
                    found.push(String::from_utf8_lossy(&bytes).into_owned());
                }
                rest = after;
                continue;
            }
            key = Some(text);
            if !rest.trim_start().starts_with('"') {
                key = None;
            }
            continue;
        }
        match key.take() {
            Some(key) if KEYS.contains(&key.as_str()) => found.push(text),
            Some(_) => {}
            None => lonely.push(text),
        }
    }
    if !found.is_empty() {
        return Some(found);
    }
    // A list of lines.
    let is_list = !is_json
        && lonely.len() == 1
        && begins.starts_with('"')
        && matches!(rest.trim(), "" | "," | "]" | "],");
    is_list.then_some(lonely)
}

/// A string after its first quotation mark, and what follows it.
fn string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                'b' | 'f' => {}
                'u' => {
                    let digits: String = chars.by_ref().take(4).map(|(_, digit)| digit).collect();
                    let code = u32::from_str_radix(&digits, 16).ok();
                    value.push(code.and_then(char::from_u32).unwrap_or('\u{fffd}'));
                }
                other => value.push(other),
            },
            _ => value.push(char),
        }
    }
    None
}

/// `[77,69,…]`: the journal's way with texts that hold control characters.
fn bytes(text: &str) -> Option<(Vec<u8>, &str)> {
    let (inside, after) = text.trim_start().strip_prefix('[')?.split_once(']')?;
    let bytes: Result<Vec<u8>, _> = inside.split(',').map(|byte| byte.trim().parse::<u8>()).collect();
    bytes.ok().filter(|bytes| !bytes.is_empty()).map(|bytes| (bytes, after))
}
