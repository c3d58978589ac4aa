//! Who is asked for a sample when.

use crate::rng::Rng;

/// For each block of a launch, the members in the order in which they are asked.
///
/// A block's order is the one before it rotated by one, A B C, C A B, B C A, so that after as many blocks as members each
/// of them was asked as often at each place. Then the list is shuffled anew, so that nobody follows the same neighbour for
/// ever. The same seed, group and launch give the same orders.
#[must_use]
pub fn turns(seed: u64, group: u32, launch: u32, members: usize, blocks: u32) -> Vec<Vec<usize>> {
    let mut rng = Rng::new(seed ^ (u64::from(group) << 32 | u64::from(launch)));
    let mut order: Vec<usize> = (0..members).collect();
    (0..blocks as usize)
        .map(|block| {
            if block % members.max(1) == 0 {
                rng.shuffle(&mut order);
            } else {
                order.rotate_right(1);
            }
            order.clone()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_asked_as_often_at_each_place() {
        for members in 1..6 {
            let turns = turns(7, 3, 1, members, 60);
            for member in 0..members {
                for place in 0..members {
                    let count = turns.iter().filter(|order| order[place] == member).count();
                    assert_eq!(count, 60 / members, "{member} at {place} of {members}");
                }
            }
        }
    }

    #[test]
    fn orders_follow_from_the_seed_alone() {
        let of = |seed, group, launch| turns(seed, group, launch, 4, 40);
        assert_eq!(of(1, 2, 3), of(1, 2, 3));
        assert_ne!(of(1, 2, 3), of(2, 2, 3));
        assert_ne!(of(1, 2, 3), of(1, 2, 4));
        assert_ne!(of(1, 2, 3), of(1, 3, 3));
        assert_eq!(turns(1, 0, 0, 0, 3), vec![Vec::<usize>::new(); 3]);
    }
}
