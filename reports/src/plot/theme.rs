//! Colours by role. Each is drawn in its light-mode value and marked with a class, so that a page can change it.
//!
//! The colours of strategies are Okabe and Ito's, darkened until small text in them is legible on white, and lightened for
//! dark mode; they are told apart by people with any common colour blindness, and each strategy has a marker of its own
//! besides.

use std::fmt::Write as _;

use benches::exact::Content;
use plotters::style::RGBColor;

/// What a colour is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Role {
    class: &'static str,
    light: (u8, u8, u8),
    dark: (u8, u8, u8),
}

const fn role(class: &'static str, light: (u8, u8, u8), dark: (u8, u8, u8)) -> Role {
    Role { class, light, dark }
}

pub(super) const PAPER: Role = role("paper", (0xff, 0xff, 0xff), (0x0f, 0x13, 0x18));
pub(super) const INK: Role = role("ink", (0x1c, 0x21, 0x27), (0xe8, 0xea, 0xed));
pub(super) const FAINT: Role = role("faint", (0x57, 0x60, 0x6a), (0xa3, 0xad, 0xb8));
pub(super) const GRID: Role = role("grid", (0xdf, 0xe3, 0xe8), (0x33, 0x3b, 0x44));
pub(super) const EDGE: Role = role("edge", (0x8c, 0x95, 0x9f), (0x6e, 0x78, 0x83));

const STRATEGIES: [Role; 7] = [
    role("s0", (0x00, 0x63, 0xa6), (0x5c, 0xb8, 0xf0)),
    role("s1", (0xb0, 0x56, 0x00), (0xf2, 0xa2, 0x4a)),
    role("s2", (0x00, 0x73, 0x55), (0x35, 0xc7, 0x97)),
    role("s3", (0x98, 0x3a, 0x84), (0xe8, 0x92, 0xd2)),
    role("s4", (0x6f, 0x60, 0x00), (0xdb, 0xc9, 0x4c)),
    role("s5", (0xa3, 0x2a, 0x2a), (0xff, 0x8a, 0x80)),
    role("s6", (0x4b, 0x51, 0x58), (0xb9, 0xc0, 0xc8)),
];

/// Parts of a bar, told apart from their neighbours by lightness as well.
const SHADES: [Role; 7] = [
    role("b0", (0x08, 0x30, 0x6b), (0x9e, 0xca, 0xf1)),
    role("b1", (0xd9, 0x80, 0x0a), (0xfd, 0xc0, 0x60)),
    role("b2", (0x2b, 0x8a, 0x7a), (0x66, 0xd6, 0xc3)),
    role("b3", (0xa5, 0x4a, 0x91), (0xe3, 0xa0, 0xd4)),
    role("b4", (0x6b, 0x99, 0xc9), (0x4a, 0x78, 0xb0)),
    role("b5", (0x8b, 0x7a, 0x16), (0xd5, 0xc4, 0x55)),
    role("b6", (0x9a, 0xa3, 0xad), (0x70, 0x7b, 0x87)),
];

const CONTENTS: [Role; 10] = [
    role("hole", (0xfe, 0xff, 0xff), (0x0f, 0x13, 0x18)),
    role("untouchable", (0xc3, 0xb9, 0xd6), (0x5d, 0x52, 0x73)),
    role("free", (0xe4, 0xe9, 0xee), (0x2a, 0x32, 0x3b)),
    role("own", (0x7b, 0x5e, 0xa7), (0xb3, 0x9d, 0xdb)),
    role("fixed", (0x6b, 0x76, 0x82), (0x84, 0x90, 0x9d)),
    role("a1g", (0x0b, 0x3c, 0x6e), (0x2f, 0x7f, 0xd6)),
    role("a2m", (0x2a, 0x7a, 0xc0), (0x6d, 0xb3, 0xf2)),
    role("a64k", (0x1a, 0x9e, 0x8f), (0x4f, 0xd1, 0xc0)),
    role("a4k", (0xe0, 0x8e, 0x0b), (0xff, 0xb8, 0x4d)),
    role("ab4k", (0xc6, 0x2f, 0x1b), (0xff, 0x7a, 0x66)),
];

/// The colour of the strategy at this place.
pub(super) const fn strategy(index: usize) -> Role {
    STRATEGIES[index % STRATEGIES.len()]
}

/// The colour of the part at this place of a bar.
pub(super) const fn shade(index: usize) -> Role {
    SHADES[index % SHADES.len()]
}

/// The colour of what a page holds.
pub(super) const fn content(content: Content) -> Role {
    CONTENTS[content as usize]
}

impl Role {
    pub(super) const fn class(self) -> &'static str {
        self.class
    }

    pub(super) fn hex(self) -> String {
        hex(self.light)
    }

    pub(super) const fn colour(self) -> RGBColor {
        RGBColor(self.light.0, self.light.1, self.light.2)
    }
}

fn all() -> impl Iterator<Item = Role> {
    [PAPER, INK, FAINT, GRID, EDGE].into_iter().chain(STRATEGIES).chain(SHADES).chain(CONTENTS)
}

fn hex((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// The style sheet of all plots, for light and for dark mode.
#[must_use]
pub fn style() -> String {
    let mut css = String::from(".plot text{font-family:system-ui,sans-serif;font-size:10.484px}");
    rules(&mut css, |role| role.light);
    css.push_str("@media (prefers-color-scheme:dark){");
    rules(&mut css, |role| role.dark);
    // On paper it is light again.
    css.push_str("}@media print{");
    rules(&mut css, |role| role.light);
    css.push('}');
    css
}

fn rules(css: &mut String, colour: impl Fn(Role) -> (u8, u8, u8)) {
    for role in all() {
        let (class, colour) = (role.class, hex(colour(role)));
        let _ = write!(
            css,
            ".f-{class}{{fill:{colour}}}.k-{class}{{stroke:{colour}}}.t-{class}{{color:{colour}}}"
        );
    }
}

/// Marks every colour of a picture with its class.
pub(super) fn classify(svg: &str) -> String {
    let mut marked = svg.to_owned();
    for role in all() {
        let (class, colour) = (role.class, hex(role.light));
        for (attribute, kind) in [("fill", 'f'), ("stroke", 'k')] {
            let plain = format!("{attribute}=\"{colour}\"");
            marked = marked.replace(&plain, &format!("{plain} class=\"{kind}-{class}\""));
        }
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contrast of two colours as WCAG 2.2 has it, 1 to 21.
    fn contrast(one: (u8, u8, u8), other: (u8, u8, u8)) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = |(red, green, blue): (u8, u8, u8)| {
            0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
        };
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn what_is_written_is_legible_in_both_modes() {
        for role in [INK, FAINT].into_iter().chain(STRATEGIES) {
            assert!(contrast(role.light, (255, 255, 255)) >= 4.5, "{} on white", role.class);
            assert!(contrast(role.dark, (0x0f, 0x13, 0x18)) >= 4.5, "{} on dark", role.class);
        }
    }

    #[test]
    fn what_is_drawn_stands_out_from_free_memory() {
        for role in &CONTENTS[3..] {
            assert!(contrast(role.light, CONTENTS[2].light) >= 2.0, "{} in light mode", role.class);
            assert!(contrast(role.dark, CONTENTS[2].dark) >= 2.0, "{} in dark mode", role.class);
        }
    }

    #[test]
    fn no_two_roles_have_one_colour() {
        let mut colours: Vec<_> = all().map(|role| role.light).collect();
        colours.sort_unstable();
        colours.dedup();
        assert_eq!(colours.len(), all().count());
    }
}
