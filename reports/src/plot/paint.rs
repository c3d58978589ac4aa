//! Drawing in pixels: a thin layer over plotters that names what is drawn.

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, DrawingArea, IntoDrawingArea, PathElement, Polygon, Rectangle, SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, ShapeStyle, TextStyle};

use super::theme::{INK, PAPER, Role, classify, style};
use super::{DrawError, Plot};

/// A picture in the making.
pub(super) struct Canvas<'s>(DrawingArea<SVGBackend<'s>, Shift>);

/// What is drawn has no place to fail but a full disk, which a string has not.
pub(super) type Drawn = Result<(), DrawError>;

/// Where a text stands relative to its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Left,
    Middle,
    Right,
}

impl Canvas<'_> {
    pub(super) fn line(&self, points: &[(i32, i32)], role: Role, width: u32) -> Drawn {
        let style = role.colour().stroke_width(width);
        done(self.0.draw(&PathElement::new(points.to_vec(), style)))
    }

    pub(super) fn rectangle(&self, corners: [(i32, i32); 2], role: Role) -> Drawn {
        done(self.0.draw(&Rectangle::new(corners, role.colour().filled())))
    }

    pub(super) fn outline(&self, corners: [(i32, i32); 2], role: Role) -> Drawn {
        done(self.0.draw(&Rectangle::new(corners, ShapeStyle::from(&role.colour()).stroke_width(1))))
    }

    /// The marker of the strategy at this place; the fifth is the first again, in another colour.
    pub(super) fn marker(&self, (x, y): (i32, i32), index: usize, role: Role) -> Drawn {
        let filled = role.colour().filled();
        match index % 4 {
            0 => done(self.0.draw(&Circle::new((x, y), 4, filled))),
            1 => done(self.0.draw(&Rectangle::new([(x - 4, y - 4), (x + 4, y + 4)], filled))),
            2 => done(self.0.draw(&Polygon::new(vec![(x - 5, y + 4), (x, y - 5), (x + 5, y + 4)], filled))),
            _ => {
                done(self.0.draw(&Polygon::new(vec![(x - 5, y), (x, y - 5), (x + 5, y), (x, y + 5)], filled)))
            }
        }
    }

    /// A marker that makes no claim.
    pub(super) fn hollow(&self, at: (i32, i32), role: Role) -> Drawn {
        done(self.0.draw(&Circle::new(at, 4, PAPER.colour().filled())))?;
        done(self.0.draw(&Circle::new(at, 4, ShapeStyle::from(&role.colour()).stroke_width(1))))
    }

    pub(super) fn text(&self, text: &str, at: (i32, i32), anchor: Anchor, role: Role) -> Drawn {
        let horizontal = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        let font = ("sans-serif", 13).into_font();
        let colour = role.colour();
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(horizontal, VPos::Center));
        done(self.0.draw(&Text::new(text.to_owned(), at, style)))
    }
}

fn done<E: std::fmt::Display>(drawn: Result<(), E>) -> Drawn {
    drawn.map_err(|error| DrawError(error.to_string()))
}

/// A plot of this size, of which `draw` makes the picture.
pub(super) fn plot(
    plot: Plot,
    (width, height): (i32, i32),
    draw: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Result<Plot, DrawError> {
    let mut svg = String::new();
    {
        let size = (width.unsigned_abs(), height.unsigned_abs());
        let canvas = Canvas(SVGBackend::with_string(&mut svg, size).into_drawing_area());
        draw(&canvas)?;
        canvas.0.present().map_err(|error| DrawError(error.to_string()))?;
    }
    let head_end = svg.find('>').map_or(0, |at| at + 1);
    let drawn = classify(&svg[head_end..]).replace('\n', "");
    let svg = format!("{}{}", head(&plot, &format!("0 0 {width} {height}")), compact(&drawn));
    let file = format!("{}{drawn}", file_head(&plot, (width, height)));
    Ok(Plot { svg, file, ..plot })
}

/// The same without what a page's style sheet says, or what goes without saying: a page holds thousands of rectangles.
fn compact(drawn: &str) -> String {
    let mut compact =
        drawn.replace(" opacity=\"1\"", "").replace(" stroke=\"none\"", "").replace(" stroke=\"black\"", "");
    for attribute in ["fill", "stroke"] {
        let start = format!(" {attribute}=\"#");
        let mut rest = compact.as_str();
        let mut kept = String::with_capacity(compact.len());
        // A colour before its class is six digits and a quotation mark.
        while let Some(at) = rest.find(&start) {
            let after = &rest[at + start.len() + 7..];
            kept.push_str(&rest[..at]);
            if !after.starts_with(" class=") {
                kept.push_str(&rest[at..at + start.len() + 7]);
            }
            rest = after;
        }
        kept.push_str(rest);
        compact = kept;
    }
    let compact = compact
        .replace(" font-family=\"sans-serif\"", "")
        .replace(&format!(" font-size=\"{FONT_SIZE}\""), "");
    compact.split_inclusive("/>").map(|part| path(part).unwrap_or_else(|| part.to_owned())).collect()
}

/// What plotters make of a font of 13 pixels; the style sheet of all plots says it once.
const FONT_SIZE: &str = "10.483870967741936";

/// A rectangle as a path, which takes two thirds of the letters.
fn path(part: &str) -> Option<String> {
    let (before, rest) = part.split_once("<rect x=\"")?;
    let (x, rest) = rest.split_once("\" y=\"")?;
    let (y, rest) = rest.split_once("\" width=\"")?;
    let (width, rest) = rest.split_once("\" height=\"")?;
    let (height, rest) = rest.split_once('"')?;
    Some(format!("{before}<path d=\"M{x} {y}h{width}v{height}h-{width}z\"{rest}"))
}

/// The margin of a file of its own, and the room for its title.
const MARGIN: i32 = 14;
const TITLE: i32 = 30;

/// The head of a file of its own. It brings its paper: what shows it may be dark where the reader's wish is light.
fn file_head(plot: &Plot, (width, height): (i32, i32)) -> String {
    let (left, top) = (-MARGIN, -MARGIN - TITLE);
    let (width, height) = (width + 2 * MARGIN, height + TITLE + 2 * MARGIN);
    let [paper, ink] =
        [PAPER, INK].map(|role| format!("fill=\"{}\" class=\"f-{}\"", role.hex(), role.class()));
    format!(
        "{}<style>{}</style><rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" {paper}/>\
         <text x=\"2\" y=\"{}\" font-family=\"sans-serif\" font-size=\"14\" font-weight=\"bold\" {ink}>{}</text>",
        head(plot, &format!("{left} {top} {width} {height}\" width=\"{width}\" height=\"{height}")),
        style(),
        14 - TITLE,
        escape(&plot.title),
    )
}

fn head(plot: &Plot, view: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{view}\" class=\"plot\" role=\"img\" \
         aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
        escape(&plot.title),
        escape(&plot.description),
        id = plot.id,
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
