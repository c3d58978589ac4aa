//! Time, by criterion: search, whole boot and release of every strategy.

use benches as _;
use criterion::{Criterion, criterion_group, criterion_main};
fn nothing(_: &mut Criterion) {}
criterion_group!(benches_, nothing);
criterion_main!(benches_);
