//! What growth may be: `exponent(alloc)>0.5`.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use super::{Curve, Kind, exact_exponent, exponent};

/// Growth that is not to be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct GrowthRule {
    kind: Kind,
    above: bool,
    limit: f64,
}

/// A text is not a rule about growth.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a rule about growth; one reads `exponent(alloc)>0.5`, and instead of alloc there may be {kinds}",
    kinds = Kind::ALL.map(Kind::word).join(", "))]
pub struct RuleError(String);

impl FromStr for GrowthRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let error = || RuleError(text.into());
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let rest = plain.strip_prefix("exponent(").ok_or_else(error)?;
        let (kind, rest) = rest.split_once(')').ok_or_else(error)?;
        let kind = kind.parse().map_err(|_| error())?;
        let above = rest.starts_with('>');
        let limit = rest
            .strip_prefix(['>', '<'])
            .and_then(|limit| limit.parse().ok())
            .filter(|limit: &f64| limit.is_finite());
        Ok(Self { kind, above, limit: limit.ok_or_else(error)? })
    }
}

impl Display for GrowthRule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "exponent({}){}{}", self.kind, if self.above { '>' } else { '<' }, self.limit)
    }
}

impl GrowthRule {
    /// The kind that it is about.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What breaks it in this curve: instructions where they were counted, since those are exact; else time, if all of its
    /// interval does. A curve that cannot be judged breaks it too.
    #[must_use]
    pub fn broken(&self, curve: &Curve) -> Option<String> {
        let Self { kind, above, limit } = *self;
        let beyond = |value: f64| if above { value > limit } else { value < limit };
        let name = &curve.strategy;
        if let Some(found) = exact_exponent(curve, kind) {
            let text = format!(
                "{self}: the instructions of `{name}` grow with exponent {:.2} from {} to {} {}",
                found.value,
                found.from,
                found.to,
                curve.shape.unit()
            );
            return beyond(found.value).then_some(text);
        }
        let Some(found) = exponent(curve, kind) else {
            return Some(format!("{self}: nothing says how `{name}` grows: there are too few sizes"));
        };
        let Some(range) = found.interval else {
            return Some(format!(
                "{self}: the exponent of `{name}` has no interval: there are too few launches"
            ));
        };
        let sure = if above { range.low } else { range.high };
        beyond(sure).then(|| {
            format!(
                "{self}: the time of `{name}` grows with exponent {:.2} ({:.2} to {:.2}) from {} to {} {}",
                found.value,
                range.low,
                range.high,
                found.from,
                found.to,
                curve.shape.unit()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::growth::{Launch, Point, Shape};

    fn curve(power: f64, counted: bool) -> Curve {
        let point = |size: u64| {
            let cost = 5.0 * (size as f64).powf(power);
            let launch = Launch { ns: BTreeMap::from([(Kind::Alloc, cost)]), ..Launch::default() };
            Point {
                size,
                recipe: String::new(),
                launches: vec![launch; 4],
                instructions: if counted { BTreeMap::from([(Kind::Alloc, cost)]) } else { BTreeMap::new() },
            }
        };
        let points = [100, 1_000, 10_000, 100_000].map(point).into();
        Curve { shape: Shape::Regions, strategy: "one".into(), points, ended: None }
    }

    #[test]
    fn growth_beyond_the_limit_breaks_the_rule() {
        let rule: GrowthRule = "exponent(alloc)>0.5".parse().unwrap();
        assert_eq!(rule.to_string(), "exponent(alloc)>0.5");
        for counted in [false, true] {
            assert!(rule.broken(&curve(1.0, counted)).is_some());
            assert_eq!(rule.broken(&curve(0.4, counted)), None);
        }
        let other: GrowthRule = "exponent(free) > 0.5".parse().unwrap();
        assert!(other.broken(&curve(0.0, true)).unwrap().contains("too few sizes"));
        let below: GrowthRule = "exponent(alloc)<0.5".parse().unwrap();
        assert!(below.broken(&curve(0.1, true)).is_some());
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for text in [
            "",
            "time>2%",
            "exponent(alloc)",
            "exponent(alloc)>",
            "exponent(nothing)>1",
            "exponent(alloc)=1",
            "exponent(alloc)>NaN",
        ] {
            assert!(text.parse::<GrowthRule>().is_err(), "{text}");
        }
    }
}
