//! What a log proves of its boot, in totals that name every answer.

use serde::{Deserialize, Serialize};

use super::{Evidence, Op, Trace};

/// What became of the answers that a log holds: every one of them is in one of these.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Answers {
    /// Their address may be held against a back-end's.
    pub proving: u64,
    /// Their address was used to infer something, or their request was inferred: they prove nothing.
    pub fitted: u64,
    /// Nothing explains them, and only what they reserved is in the trace.
    pub unexplained: u64,
}

impl Answers {
    /// All answers of the log.
    #[must_use]
    pub fn all(self) -> u64 {
        self.proving + self.fitted + self.unexplained
    }
}

/// What a recorded boot proves, for all who show figures of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Proof {
    /// What became of the answers that its log holds.
    pub answers: Answers,
    /// Whether it is a state, as a listing alone gives, and no boot.
    pub is_state: bool,
}

impl Proof {
    /// What speaks against taking it for what the kernel did, in words that follow the boot's name; `None` if nothing does.
    #[must_use]
    pub fn objection(self) -> Option<String> {
        let Answers { unexplained, .. } = self.answers;
        if unexplained > 0 {
            let (all, are) = (self.answers.all(), if unexplained == 1 { "is" } else { "are" });
            Some(format!("{unexplained} of the {all} answers in its log {are} unexplained"))
        } else if self.is_state {
            Some("its log holds a listing alone, which is a state and nothing to replay".into())
        } else {
            None
        }
    }
}

impl Trace {
    /// What became of the answers that the log holds.
    #[must_use]
    pub fn answers(&self) -> Answers {
        let mut answers = Answers::default();
        for record in &self.records {
            match (&record.op, record.evidence) {
                (_, Evidence::Unexplained) => answers.unexplained += 1,
                (Op::Alloc(_, Some(_)), Evidence::Logged) => answers.proving += 1,
                (Op::Alloc(_, Some(_)), _) => answers.fitted += 1,
                _ => {}
            }
        }
        answers
    }

    /// Whether nothing is asked or changed in it: a state, as a listing alone gives, and no boot.
    #[must_use]
    pub fn is_state(&self) -> bool {
        self.records.iter().all(|record| matches!(record.op, Op::Set(_) | Op::Dump(_)))
    }

    /// What it proves; `None` if it was made, and no kernel ever answered.
    #[must_use]
    pub fn proof(&self) -> Option<Proof> {
        self.recipe().is_none().then(|| Proof { answers: self.answers(), is_state: self.is_state() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ```text
    /// pfn   0x200   0x201   0x202   0x203   0x204
    ///       |aaaaaaa|fffffff|uuuuuuu|rrrrrrr|     a: proves, f: fitted, u: unexplained, r: a reservation, no answer
    /// ```
    /// Expect each answer to be in one of the totals, a request that was refused in none, and the objection to name both
    /// figures.
    #[test]
    fn every_answer_is_in_one_total() {
        let trace = crate::replay::tests::trace(
            "1 alloc size=4096 align=0x1000 -> 0x200000\n\
             2 alloc size=4096 align=0x1000 -> 0x201000 fitted=limit\n\
             3 reserve 0x202000-0x203000 unexplained\n\
             4 reserve 0x203000-0x204000\n\
             5 alloc size=16777216 align=0x1000 -> failed\n",
        );
        let proof = trace.proof().unwrap();
        assert_eq!(proof.answers, Answers { proving: 1, fitted: 1, unexplained: 1 });
        assert_eq!(proof.objection().unwrap(), "1 of the 3 answers in its log is unexplained");
        assert!(!proof.is_state);
        let state = Proof { is_state: true, ..Proof::default() };
        assert!(state.objection().unwrap().contains("a state"));
        assert_eq!(Proof::default().objection(), None);
    }
}
