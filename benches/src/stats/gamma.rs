//! Derivatives of the logarithm of the gamma function.

pub(super) use statrs::function::gamma::digamma;

/// The second derivative.
///
/// By the recurrence up to 6, then the asymptotic series. Source: M. Abramowitz and I. A. Stegun, Handbook of Mathematical
/// Functions (1964), 6.4.6 and 6.4.12.
pub(super) fn trigamma(at: f64) -> f64 {
    let (mut at, mut sum) = (at, 0.0);
    while at < 6.0 {
        sum += at.powi(-2);
        at += 1.0;
    }
    let square = at.powi(-2);
    let series = 1.0 / 6.0 - square * (1.0 / 30.0 - square * (1.0 / 42.0 - square / 30.0));
    sum + 1.0 / at + square / 2.0 + square / at * series
}

/// Where the second derivative, which falls, has this positive value; by halving, between 1/1000 and a million.
pub(super) fn trigamma_inverse(value: f64) -> f64 {
    let (mut low, mut high) = (1e-3_f64.ln(), 1e6_f64.ln());
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if trigamma(middle.exp()) > value { low = middle } else { high = middle }
    }
    f64::midpoint(low, high).exp()
}

#[cfg(test)]
mod tests {
    use core::f64::consts::PI;

    use super::*;

    /// Values in closed form: at 1, 1/2 and 2.
    #[test]
    fn the_second_derivative_has_its_known_values() {
        for (at, value) in [(1.0, PI * PI / 6.0), (0.5, PI * PI / 2.0), (2.0, PI * PI / 6.0 - 1.0)] {
            assert!((trigamma(at) - value).abs() < 1e-8, "{at}");
            assert!((trigamma_inverse(value) - at).abs() < 1e-6, "{at}");
        }
    }
}
