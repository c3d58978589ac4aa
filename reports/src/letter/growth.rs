//! How cost grows, where a sweep was given.

use super::{MAIL, Subject, heading};
use crate::growth::mail;
use crate::text::{paragraph, table};

/// The growth of both sides, in tables; nothing without a sweep.
pub(super) fn section(out: &mut String, subject: &Subject<'_>) {
    let Some(grown) = &subject.analysis.growth else { return };
    let sides = [&subject.compare.baseline, &subject.compare.candidate];
    heading(out, "How does it grow?");
    let said = "On machines that are made, not recorded: exponents over the last three decades of sizes, with intervals of 95 %; \
                of instructions with the least and greatest slope between neighbouring sizes.";
    paragraph(out, said, MAIL.width);
    for shown in mail(&grown.growth, &|strategy| sides.iter().any(|side| *side == strategy)) {
        out.push('\n');
        let mut text = String::new();
        table(&mut text, &shown, MAIL);
        out.push_str(text.trim_end());
        out.push('\n');
    }
    paragraph(out, &format!("Swept by: {}", grown.growth.command.join(" ")), MAIL.width);
}
