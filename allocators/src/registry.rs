//! The list of strategies: the one place that names them all.

use crate::Strategy;

/// Something to be done with a strategy, whichever it is.
///
/// A closure cannot be generic, and a trait object would put a virtual call into every measured loop.
pub trait StrategyVisitor {
    /// Does it.
    fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S);
}

macro_rules! strategies {
    ($($group:ident { $($strategy:path),* $(,)? })+) => {
        /// Visits every built-in strategy in the order of the list.
        pub fn visit_all(visitor: &mut impl StrategyVisitor) {
            $($( visitor.visit(&$strategy); )*)+
        }

        /// Visits the built-in strategy of this name, or returns `false` if there is none.
        pub fn visit_named(name: &str, visitor: &mut impl StrategyVisitor) -> bool {
            $($( if $strategy.name() == name { visitor.visit(&$strategy); return true; } )*)+
            false
        }

        /// The name and the one-line summary of every built-in strategy.
        pub fn list() -> impl Iterator<Item = (&'static str, &'static str)> {
            [ $($( ($strategy.name(), $strategy.summary()) ),*),+ ].into_iter()
        }

        /// Whether a measurement takes the strategy of this name though nobody asked for it.
        #[must_use]
        pub fn is_usual(name: &str) -> bool {
            $($( if $strategy.name() == name { return Group::$group == Group::Usual; } )*)+
            false
        }
    };
}

/// Which strategies a measurement takes if it is told nothing.
#[derive(PartialEq, Eq)]
enum Group {
    /// All of these: a report has room for them, and time.
    Usual,
    /// Those that are asked for, by name or by a glob.
    OnRequest,
}

// A new strategy is named here, and every test, bench, table and plot has it.
strategies! {
    Usual {
        crate::rootmem::Rootmem,
        crate::bootmem::Bootmem,
        crate::wordscan::Wordscan,
        crate::memblock::Memblock,
    }
    OnRequest {
        crate::memquick::Memquick,
        crate::memround::Memround,
        crate::freetree::Freetree,
        crate::wordtree::Wordtree,
    }
}
