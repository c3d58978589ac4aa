//! What is played: a strategy, behind one function.

use std::path::PathBuf;

use allocators::Strategy;
use allocators::memblock::Memblock;
use allocators::registry::{StrategyVisitor, visit_named};
use plugin::{List, OpenError, Plugin};
use workloads::replay::{Program, Reach, Stage};

use crate::naive::NaiveMemblock;
use crate::play::{Lists, Played, play_listed, play_plain};
use crate::worker::Spec;

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

/// The naive model of memblock, whose lists are compared too.
struct Naive;

impl Subject for Naive {
    fn name(&self) -> &str {
        NaiveMemblock.name()
    }

    fn reach(&self) -> Reach {
        Reach::Everywhere
    }

    fn play(&self, program: &Program, stage: &mut Stage) -> Played {
        play_listed(&NaiveMemblock, program, stage, |allocator| {
            let [memory, reserved] = [0, 1].map(|list| allocator.regions(list));
            let capacity = (allocator.capacity(0), allocator.capacity(1));
            Some(Lists { memory, reserved, capacity, complaints: 0 })
        })
    }
}

/// A strategy from shared libraries: one, or one for each size of page where that is a constant of the code.
pub struct Loaded {
    name: String,
    plugins: Vec<(u32, &'static Plugin)>,
}

impl Loaded {
    /// Loads libraries as a strategy called `name`. They stay loaded. Each is for pages whose
    /// size has this binary logarithm; the first is also for all others.
    ///
    /// # Errors
    /// [`OpenError`] when one cannot be loaded or is no plug-in.
    pub fn open(name: &str, libraries: &[(u32, PathBuf)]) -> Result<Self, OpenError> {
        let open = |(shift, path): &(u32, PathBuf)| {
            // Boots go through one side after the other, so both may share a library, and a sanitizer finds its file.
            let plugin = Plugin::open(path, name)?;
            Ok((*shift, &*Box::leak(Box::new(plugin))))
        };
        let plugins = libraries.iter().map(open).collect::<Result<_, OpenError>>()?;
        Ok(Self { name: name.into(), plugins })
    }
}

impl Subject for Loaded {
    fn name(&self) -> &str {
        &self.name
    }

    fn reach(&self) -> Reach {
        self.plugins.first().map_or(Reach::Everywhere, |(_, plugin)| Reach::of(*plugin))
    }

    fn play(&self, program: &Program, stage: &mut Stage) -> Played {
        let wanted = program.machine.page.shift();
        let found = self.plugins.iter().find(|(shift, _)| *shift == wanted).or(self.plugins.first());
        let Some((_, plugin)) = found else {
            let stopped = Some("there is no library".into());
            return Played { answers: Vec::new(), lists: None, handed: Vec::new(), checked: None, stopped };
        };
        play_listed(*plugin, program, stage, |allocator| {
            let capacity = (allocator.capacity(List::Memory)?, allocator.capacity(List::Reserved)?);
            Some(Lists {
                memory: allocator.regions(List::Memory),
                reserved: allocator.regions(List::Reserved),
                capacity,
                complaints: allocator.notes(),
            })
        })
    }
}

/// The built-in strategy of this name, or `naive-memblock`, the model that memblock is tested with.
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
    if name == NaiveMemblock.name() {
        return Some(Box::new(Naive));
    }
    let mut named = Named(None);
    visit_named(name, &mut named);
    named.0
}

/// What a worker loads: a strategy from what it is made of.
///
/// # Errors
/// Says which strategy there is not, or which library cannot be loaded.
pub fn load(spec: &Spec) -> Result<Box<dyn Subject>, String> {
    match spec {
        Spec::BuiltIn(name) => built_in(name).ok_or_else(|| format!("no strategy is called `{name}`")),
        Spec::Libraries(name, libraries) => {
            let loaded = Loaded::open(name, libraries).map_err(|error| error.to_string())?;
            Ok(Box::new(loaded))
        }
    }
}
