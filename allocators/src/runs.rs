//! Taking together what touches.

use core::iter;

use crate::PfnRange;

/// Takes neighbours together for which `join` says so, having extended the first by the second.
pub(crate) fn coalesce<T>(
    items: impl Iterator<Item = T>,
    join: impl Fn(&mut T, &T) -> bool,
) -> impl Iterator<Item = T> {
    let mut items = items.peekable();
    iter::from_fn(move || {
        let mut item = items.next()?;
        while items.next_if(|next| join(&mut item, next)).is_some() {}
        Some(item)
    })
}

/// Takes ranges together that touch.
pub(crate) fn join_touching(ranges: impl Iterator<Item = PfnRange>) -> impl Iterator<Item = PfnRange> {
    coalesce(ranges, |range, next| range.absorb(*next))
}
