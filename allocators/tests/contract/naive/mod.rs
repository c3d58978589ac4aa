//! The bitmaps' policies in a few lines each, page by page, without a bitmap.

pub(crate) mod bootmem;
pub(crate) mod flat;
pub(crate) mod pages;
