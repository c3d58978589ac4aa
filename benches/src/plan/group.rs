//! Cells that are measured side by side.

use super::Boot;
use crate::quantity::Quantity;

/// One quantity on one boot, of all members of the plan.
#[derive(Clone, Copy, Debug)]
pub struct PlannedGroup<'p> {
    /// Its number in the plan.
    pub number: u32,
    /// The boot.
    pub boot: &'p Boot,
    /// The quantity.
    pub quantity: Quantity,
}
