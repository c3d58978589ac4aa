//! Results as text and pictures. Every renderer is a pure function of an [`Analysis`](analysis::Analysis).

pub mod analysis;
pub mod compare;
pub mod growth;
pub mod harmless;
pub mod html;
pub mod letter;
pub mod list;
pub mod markdown;
pub mod method;
pub mod plot;
pub mod show;
pub mod tables;
pub mod text;
pub mod units;
