//! The recorded boots that machines are made from.

use std::sync::OnceLock;

use workloads::corpus;

use crate::Scenario;
use crate::dice::Dice;

/// The corpus, each boot read when it is first needed.
pub(crate) struct Scenes(Vec<(&'static str, OnceLock<Scenario>)>);

impl Scenes {
    pub(crate) fn new() -> Self {
        Self(corpus::names().map(|name| (name, OnceLock::new())).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get(&self, index: usize) -> &Scenario {
        let (name, scene) = &self.0[index];
        scene.get_or_init(|| {
            let trace = corpus::trace(name).and_then(Result::ok).expect("the corpus is tested as a whole");
            Scenario::of(name, &trace)
        })
    }

    pub(crate) fn pick(&self, dice: &mut Dice) -> &Scenario {
        self.get(dice.index(self.0.len()))
    }
}
