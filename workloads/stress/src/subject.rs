//! What is played: a strategy, behind one function.

use allocators::Strategy;
use allocators::memblock::Memblock;
use allocators::registry::{StrategyVisitor, visit_named};
use workloads::replay::{Program, Reach, Stage};

use crate::play::{Lists, Played, play_listed, play_plain};

/// A strategy that boots are played through.
pub trait Subject: Sync {
    /// Its name.
    fn name(&self) -> &str;
    /// How far its reservations reach.
    fn reach(&self) -> Reach;
    /// Plays a boot that was compiled for its reach.
    fn play(&self, program: &Program, stage: &mut Stage) -> Played;
}

/// A strategy without lists.
pub struct BuiltIn<S: 'static>(pub &'static S);

impl<S: Strategy + 'static> Subject for BuiltIn<S> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn reach(&self) -> Reach {
        Reach::of(self.0)
    }

    fn play(&self, program: &Program, stage: &mut Stage) -> Played {
        play_plain(self.0, program, stage)
    }
}

/// The built-in memblock, whose lists are compared too.
pub struct Listed(pub &'static Memblock);

impl Subject for Listed {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn reach(&self) -> Reach {
        Reach::Everywhere
    }

    fn play(&self, program: &Program, stage: &mut Stage) -> Played {
        play_listed(self.0, program, stage, |allocator| {
            let (memory, reserved) = allocator.capacity();
            Some(Lists {
                memory: allocator.memory().collect(),
                reserved: allocator.reserved().collect(),
                capacity: (memory as u64, reserved as u64),
                complaints: 0,
            })
        })
    }
}

/// The built-in strategy of this name.
#[must_use]
pub fn built_in(name: &str) -> Option<Box<dyn Subject>> {
    struct Named(Option<Box<dyn Subject>>);
    impl StrategyVisitor for Named {
        fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
            self.0 = Some(Box::new(BuiltIn(strategy)));
        }
    }
    if name == Memblock.name() {
        return Some(Box::new(Listed(&Memblock)));
    }
    let mut named = Named(None);
    visit_named(name, &mut named);
    named.0
}
