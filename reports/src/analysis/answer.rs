//! The answer in one sentence, made from the data.

use benches::probe::Floor;

use super::size::about;
use super::{Analysis, BySize, Comparison, Total, Verdict};
use crate::units::{list, plural, ratio};

/// What the headline says, in a sentence; where the verdict turns with the size of the machine, a second says at which.
#[must_use]
pub fn answer(analysis: &Analysis) -> String {
    let over = format!("Over {}", scope(analysis));
    let baseline = &analysis.baseline;
    let of = |wanted: &dyn Fn(Verdict) -> bool| {
        // The floor is a limit, and not a choice.
        let choices = analysis.totals.iter().filter(|total| total.strategy != Floor::NAME);
        let known = choices.filter_map(|total| Some((total, total.mean(analysis.headline)?)));
        let mut chosen: Vec<(&Total, &Comparison)> = known.filter(|(_, mean)| wanted(mean.verdict)).collect();
        chosen.sort_by(|one, other| one.1.ratio.unwrap_or(1.0).total_cmp(&other.1.ratio.unwrap_or(1.0)));
        chosen
    };
    let claims = of(&Verdict::claims);
    let unclear = of(&|verdict| !verdict.claims());
    let what =
        if analysis.headline == super::BOOT_COST { "a boot costs" } else { "the calls of a boot cost" };
    let names = |some: &[(&Total, &Comparison)]| {
        list(&some.iter().map(|(total, _)| total.strategy.clone()).collect::<Vec<_>>())
    };
    let claim = |(total, mean): &(&Total, &Comparison)| {
        format!("{} times as much with {}", ratio(mean.ratio.unwrap_or(1.0)), total.strategy)
    };
    let claimed: Vec<String> = claims.iter().map(claim).collect();
    let first = match (claims.is_empty(), unclear.is_empty()) {
        (true, true) => {
            return format!("{over} too little was measured to compare any strategy with {baseline}.");
        }
        (true, false) => format!("{over} no difference from {baseline} is shown for {}.", names(&unclear)),
        (false, true) => format!("{over} {what} {} as with {baseline}.", list(&claimed)),
        (false, false) => format!(
            "{over} {what} {} as with {baseline}; no difference is shown for {}.",
            list(&claimed),
            names(&unclear)
        ),
    };
    std::iter::once(first).chain(turns(analysis)).collect::<Vec<_>>().join(" ")
}

/// `8 boots (256 MiB to 960 GiB)`, with ` in 14 layouts` where code was laid out anew.
#[must_use]
pub fn scope(analysis: &Analysis) -> String {
    let all = analysis.boots.len();
    let boots = match analysis.boots.iter().filter(|boot| boot.is_made()).count() {
        0 => plural(all, "recorded boot"),
        made if made == all => plural(all, "made boot"),
        made => format!("{}, {made} of them made and not recorded,", plural(all, "boot")),
    };
    let layouts = analysis.layouts.as_ref();
    let layouts = layouts.map_or_else(String::new, |layouts| format!(" in {} layouts", layouts.count));
    match analysis.range_of_sizes() {
        range if range.is_empty() => format!("{boots}{layouts}"),
        range => format!("{boots} ({range}){layouts}"),
    }
}

/// On which strategies the verdict depends on the boot, and how.
fn turns(analysis: &Analysis) -> Option<String> {
    let of = |(place, strategy): (usize, &super::StrategyFacts)| {
        let words = |verdict| if verdict == Verdict::Better { "cheaper" } else { "dearer" };
        match analysis.by_size(analysis.headline, place) {
            BySize::Steady => None,
            BySize::Turns { small, up_to, from } => {
                let large = if small == Verdict::Better { Verdict::Worse } else { Verdict::Better };
                let (small, large) = (words(small), words(large));
                Some(format!(
                    "{} is {small} up to {} and {large} from {} on",
                    strategy.name,
                    about(up_to),
                    about(from)
                ))
            }
            BySize::Mixed { better, worse } => {
                Some(format!("{} is cheaper on {better} of them and dearer on {worse}", strategy.name))
            }
        }
    };
    let choices = analysis.strategies.iter().enumerate().filter(|(_, strategy)| strategy.name != Floor::NAME);
    let all: Vec<String> = choices.filter_map(of).collect();
    (!all.is_empty()).then(|| format!("It depends on the machine: {}.", all.join("; ")))
}
