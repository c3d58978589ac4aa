//! What disturbs a timing here, as a generator of samples whose true ratio is known.

use core::f64::consts::TAU;

use super::study::Budget;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// One kind of machine. Shares are fractions of the sample; standard deviations are those of the logarithm.
#[derive(Clone, Copy)]
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    /// Spread of a single sample around its launch's level.
    pub(crate) body: f64,
    /// How often a sample is hit by something (an interrupt, the neighbour), and the mean share that this
    /// adds.
    pub(crate) tail: (f64, f64),
    /// Spread of the level of a launch that both processes share: the machine at that moment.
    pub(crate) common: f64,
    /// Spread of the level of one process of one launch: its addresses and layout.
    pub(crate) private: f64,
    /// How often a process is unlucky for its whole life, and the share that this adds.
    pub(crate) unlucky: (f64, f64),
    /// Drift within a launch: spread of one step of a random walk, and the probability of a jump by a fifth.
    pub(crate) drift: (f64, f64),
    /// Granularity of the clock in ns.
    pub(crate) grain: f64,
}

const QUIET: Scene = Scene {
    name: "quiet",
    body: 0.004,
    tail: (0.02, 0.3),
    common: 0.16,
    private: 0.001,
    unlucky: (0.0, 0.0),
    drift: (0.0005, 0.0),
    grain: 0.4,
};

pub(crate) const SCENES: [Scene; 8] = [
    QUIET,
    Scene { name: "layout", private: 0.003, ..QUIET },
    Scene { name: "layout, strong", private: 0.005, ..QUIET },
    Scene { name: "drift", private: 0.002, drift: (0.01, 0.01), ..QUIET },
    Scene { name: "loaded", body: 0.01, tail: (0.2, 0.5), private: 0.004, drift: (0.003, 0.02), ..QUIET },
    Scene { name: "unlucky launches", private: 0.002, unlucky: (0.05, 0.05), ..QUIET },
    Scene { name: "two layouts", private: 0.001, unlucky: (0.3, 0.01), ..QUIET },
    Scene { name: "coarse clock", private: 0.002, grain: 100.0, ..QUIET },
];

/// Random numbers from a seed, the same everywhere.
pub(crate) struct Source {
    bits: Xoshiro256PlusPlus,
    normal: Option<f64>,
}

impl Source {
    pub(crate) fn new(seed: u64) -> Self {
        Self { bits: Xoshiro256PlusPlus::seed_from_u64(seed), normal: None }
    }

    /// Uniform on the open interval from 0 to 1.
    fn uniform(&mut self) -> f64 {
        ((self.bits.next_u64() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.bits.next_u64() % bound as u64).unwrap_or(0)
    }

    /// Standard normal (G. E. P. Box and M. E. Muller 1958), which come in twos.
    fn normal(&mut self) -> f64 {
        self.normal.take().unwrap_or_else(|| {
            let radius = (-2.0 * self.uniform().ln()).sqrt();
            let (sine, cosine) = (TAU * self.uniform()).sin_cos();
            self.normal = Some(radius * sine);
            radius * cosine
        })
    }

    fn happens(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Launches of pairs (baseline, candidate) in ns; the candidate truly takes `ratio` times as long.
    pub(crate) fn launches(&mut self, scene: &Scene, budget: Budget, ratio: f64) -> Vec<Vec<(f64, f64)>> {
        (0..budget.launches).map(|_| self.launch(scene, budget.pairs, ratio)).collect()
    }

    fn launch(&mut self, scene: &Scene, pairs: usize, ratio: f64) -> Vec<(f64, f64)> {
        let common = 20_000.0 * (scene.common * self.normal()).exp();
        let levels = [common * self.process(scene), common * self.process(scene) * ratio];
        let mut drift = 1.0;
        let mut pair = || {
            let mut times = [0.0; 2];
            let first = self.below(2);
            for who in [first, 1 - first] {
                drift *= (scene.drift.0 * self.normal()).exp();
                if self.happens(scene.drift.1) {
                    drift *= if self.happens(0.5) { 1.2 } else { 1.0 / 1.2 };
                }
                times[who] = self.sample(scene, levels[who] * drift);
            }
            (times[0], times[1])
        };
        (0..pairs).map(|_| pair()).collect()
    }

    fn process(&mut self, scene: &Scene) -> f64 {
        let unlucky = if self.happens(scene.unlucky.0) { 1.0 + scene.unlucky.1 } else { 1.0 };
        unlucky * (scene.private * self.normal()).exp()
    }

    fn sample(&mut self, scene: &Scene, level: f64) -> f64 {
        let hit = if self.happens(scene.tail.0) { -self.uniform().ln() * scene.tail.1 } else { 0.0 };
        let time = level * (scene.body * self.normal()).exp() * (1.0 + hit);
        (time / scene.grain).round() * scene.grain
    }
}
