use super::*;
use crate::count::Count;

fn boot(name: &str) -> Boot {
    let trace = workloads::corpus::trace(name).unwrap().unwrap();
    Boot::new(name.into(), BootSource::Corpus(name.into()), trace)
}

fn plan() -> Plan {
    Plan {
        members: vec![Member::built_in("a"), Member::built_in("b")],
        boots: workloads::corpus::names().take(3).map(boot).collect(),
        quantities: Plan::default_quantities(2),
        pace: Pace::QUICK,
        limits: Limits::default(),
        seed: 1,
        shard: None,
        counting: Counting::Unasked,
    }
}

#[test]
fn shards_share_all_groups_out() {
    let whole = plan();
    let numbers = |plan: &Plan| plan.groups().iter().map(|group| group.number).collect::<Vec<_>>();
    for of in [1, 2, 3, 8, 100] {
        let mut all: Vec<u32> = (1..=of)
            .flat_map(|index| numbers(&Plan { shard: Some(Shard { index, of }), ..whole.clone() }))
            .collect();
        all.sort_unstable();
        assert_eq!(all, numbers(&whole), "{of}");
    }
}

#[test]
fn a_plan_is_known_by_its_digest_whatever_the_shard() {
    let whole = plan();
    let digest = |plan: &Plan| plan.facts().digest;
    let shard = Some(Shard { index: 1, of: 2 });
    assert_eq!(digest(&Plan { shard, ..whole.clone() }), digest(&whole));
    let mut others = vec![whole.clone(); 7];
    others[0].seed = 2;
    others[1].members[1].strategy = StrategyRef::BuiltIn("c".into());
    others[2].boots[0].text.push('\n');
    others[3].quantities.pop();
    others[4].pace.blocks += 1;
    others[5].boots.swap(0, 1);
    let job = "a/replay/b".parse().unwrap();
    others[6].counting = Counting::Given(vec![Count { job, instructions: 1 }]);
    for other in &others {
        assert_ne!(digest(other), digest(&whole));
    }
}

#[test]
fn threads_are_tried_where_there_are_nodes_for_them() {
    for group in plan().all_groups() {
        if let Quantity::Release(_, threads) = group.quantity {
            assert!(usize::from(threads) <= nodes(&group.boot.trace).max(1), "{}", group.boot.name());
        }
    }
}

#[test]
fn a_plan_reads_back_as_results_keep_it() {
    let job = "a/replay/b".parse().unwrap();
    for counting in [Counting::Unasked, Counting::Given(vec![Count { job, instructions: 7 }])] {
        let facts = Plan { counting, shard: Some(Shard { index: 1, of: 2 }), ..plan() }.facts();
        let text = serde_json::to_string(&facts).unwrap();
        assert_eq!(serde_json::from_str::<PlanFacts>(&text).unwrap(), facts);
    }
}
