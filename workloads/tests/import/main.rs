//! Importing logs: one golden file for each format, and random boots written as logs, whole and damaged.

mod anonymous;
mod changed;
mod damage;
mod golden;
mod long;
mod neighbours;
mod packed;
mod random;
mod render;
mod seeds;
mod transform;
mod whole;
