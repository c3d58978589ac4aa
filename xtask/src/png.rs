//! Plots as PNG files, for where SVG files cannot be attached; only with the feature `png`.

/// Whether this program can draw them; if not, what can.
#[cfg(not(feature = "png"))]
pub(crate) fn available() -> anyhow::Result<()> {
    anyhow::bail!(
        "this program was compiled without PNG, which takes a minute more; \
         run `cargo run --release -p xtask --features png -- report --png`"
    )
}

#[cfg(not(feature = "png"))]
pub(crate) fn draw(_: &str) -> anyhow::Result<Vec<u8>> {
    available().map(|()| Vec::new())
}

#[cfg(feature = "png")]
#[expect(clippy::unnecessary_wraps, reason = "it fails without the feature")]
pub(crate) const fn available() -> anyhow::Result<()> {
    Ok(())
}

/// An SVG file as a PNG file, in the colours of light mode.
#[cfg(feature = "png")]
pub(crate) fn draw(svg: &str) -> anyhow::Result<Vec<u8>> {
    use anyhow::Context as _;
    use resvg::tiny_skia::{Pixmap, Transform};
    use resvg::usvg::{Options, Tree};

    /// Pixels for each pixel of the plot: sharp on most screens and in print.
    const SCALE: f32 = 2.0;

    let mut options = Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    fonts.load_font_data(dejavu::sans::bold().to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    let tree = Tree::from_str(&light(svg), &options).context("cannot read a plot")?;
    let size = tree.size().to_int_size().scale_by(SCALE).context("a plot is too large")?;
    let mut pixels = Pixmap::new(size.width(), size.height()).context("a plot is too large")?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().context("cannot pack a plot")
}

/// A plot without its style sheet, which is for browsers: its attributes hold the colours of light mode.
#[cfg(feature = "png")]
fn light(svg: &str) -> String {
    match (svg.find("<style>"), svg.find("</style>")) {
        (Some(from), Some(to)) if from < to => format!("{}{}", &svg[..from], &svg[to + "</style>".len()..]),
        _ => svg.to_owned(),
    }
}

#[cfg(all(test, feature = "png"))]
mod tests {
    use super::draw;

    /// Expect the picture of a text to differ from that of none: without a font, letters are left out in silence.
    #[test]
    fn letters_are_drawn() {
        let picture = |text: &str| {
            draw(&format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 40 20\" width=\"40\" height=\"20\">\
                 <style>text{{display:none}}</style><text x=\"2\" y=\"14\" font-family=\"sans-serif\">{text}</text></svg>"
            ))
            .unwrap()
        };
        assert!(picture("µ").starts_with(b"\x89PNG"));
        assert_ne!(picture("µ"), picture(" "));
    }
}
