//! `cargo xtask measure` and `merge` as a user runs them, and all that can go wrong with them.

#![cfg(target_os = "linux")]

mod bench;
mod counts;
mod failing;
mod killed;
mod shards;
mod two;
