use super::*;
use crate::features::synthetic::{Lcm, World, plain_world};
use crate::surrogate::{BlockGp, Fitted, Observed, Surrogate, TrainingSet};

const GENES: usize = 40;

fn singles(world: &World) -> Posterior<'_> {
    let observed: Vec<Observed> = (0..GENES)
        .map(|candidate| Observed { candidate, robust_z: world.robust_z[candidate], se: None })
        .collect();
    let data = TrainingSet::new(&world.table, &observed, Tail::Up).unwrap();
    let Fitted { posterior, .. } = BlockGp { batch: 24 }.fit(&world.table, &data).unwrap();
    posterior
}

/// Genes are in symbol order, so a candidate's features stand in its own row.
fn planted(world: &World, a: usize, b: usize, strength: f64) -> f64 {
    let column = &world.table.data()[0].values;
    let norm = (0..GENES).map(|i| column[(i, 0)].powi(2)).sum::<f64>() / GENES as f64;
    strength * column[(a, 0)] * column[(b, 0)] / norm
}

/// Robust z of a pair whose effect is the sum of the predicted singles and a planted interaction.
fn measure(world: &World, posterior: &Posterior<'_>, strength: f64) -> Vec<ObservedPair> {
    let mean = posterior.latent(&(0..GENES).collect::<Vec<_>>()).unwrap().mean;
    let mut out = Vec::new();
    for a in 0..GENES {
        for b in a + 1..GENES {
            if (a * 7 + b * 13) % 6 == 0 {
                let wobble = 0.1 * ((a * 5 + b * 3) % 7) as f64 - 0.3;
                let target = mean[a] + mean[b] + planted(world, a, b, strength) + wobble;
                let robust_z = target.signum() * target.abs().exp_m1();
                out.push(ObservedPair { a, b, robust_z });
            }
        }
    }
    out
}

fn request(batch: usize) -> PairRequest {
    PairRequest::new(batch, Tail::Up)
}

#[test]
fn a_planted_interaction_is_found_in_pairs_that_were_not_measured() {
    let world = plain_world(GENES, 61, 1.0, Lcm::Absent);
    let posterior = singles(&world);
    let mut asked = request(12);
    asked.observed = measure(&world, &posterior, 1.5);
    asked.aim = PairAim::Interaction;
    let found = pairs(&asked, &posterior).unwrap();
    assert!(found.interaction_variance > 0.0);
    let strength = |a, b| planted(&world, a, b, 1.5).abs();
    let picked = found.picks.iter().map(|p| strength(p.a, p.b)).sum::<f64>() / 12.0;
    let mut all = Vec::new();
    (0..GENES).for_each(|a| all.extend((a + 1..GENES).map(|b| strength(a, b))));
    let average = all.iter().sum::<f64>() / all.len() as f64;
    assert!(picked > 2.0 * average, "{picked} {average}");
    let right = found
        .picks
        .iter()
        .filter(|p| p.interaction.signum() == planted(&world, p.a, p.b, 1.5).signum())
        .count();
    assert!(right >= 10, "{right} of 12 signs");
}

#[test]
fn effects_that_add_up_leave_no_interaction() {
    let world = plain_world(GENES, 62, 1.0, Lcm::Absent);
    let posterior = singles(&world);
    let mut asked = request(5);
    asked.observed = measure(&world, &posterior, 0.0);
    let found = pairs(&asked, &posterior).unwrap();
    assert_eq!(found.interaction_variance, 0.0);
    assert!(found.picks.iter().all(|p| p.interaction == 0.0 && p.interaction_sd == 0.0));
}

#[test]
fn before_any_pair_the_two_strongest_genes_come_first_and_both_orders_are_one() {
    let world = plain_world(GENES, 63, 1.0, Lcm::Absent);
    let posterior = singles(&world);
    let found = pairs(&request(3), &posterior).unwrap();
    let mean = posterior.latent(&(0..GENES).collect::<Vec<_>>()).unwrap().mean;
    let mut order: Vec<usize> = (0..GENES).collect();
    order.sort_by(|&a, &b| mean[b].total_cmp(&mean[a]));
    let first = &found.picks[0];
    assert_eq!([first.a, first.b], [order[0].min(order[1]), order[0].max(order[1])]);
    assert!((first.mean - mean[order[0]] - mean[order[1]]).abs() < 1e-9);
    assert_eq!(found.compared, GENES * (GENES - 1) / 2);
    assert!(first.reason.contains("of 780 pairs") && first.reason.contains('%'));

    let mut asked = request(3);
    asked.pending = vec![(first.b, first.a)];
    let next = pairs(&asked, &posterior).unwrap();
    assert!(next.picks.iter().all(|p| (p.a, p.b) != (first.a, first.b)));
    assert_eq!(next.compared, 779);
}

#[test]
fn limits_and_nonsense_are_respected() {
    let world = plain_world(GENES, 64, 1.0, Lcm::Absent);
    let posterior = singles(&world);
    let mut asked = request(10);
    (asked.per_gene_max, asked.singles, asked.excluded) = (Some(2), 8, vec![3, 4]);
    let found = pairs(&asked, &posterior).unwrap();
    assert_eq!(found.compared, 28);
    for gene in 0..GENES {
        let uses = found.picks.iter().filter(|p| p.a == gene || p.b == gene).count();
        assert!(uses <= 2 && (uses == 0 || ![3, 4].contains(&gene)));
    }
    assert_eq!(found.picks.len() < 10, found.shortfall.is_some());
    let refused = |change: &dyn Fn(&mut PairRequest)| {
        let mut asked = request(2);
        change(&mut asked);
        pairs(&asked, &posterior).unwrap_err().to_string()
    };
    assert!(refused(&|r| r.pending = vec![(1, 1)]).contains("two genes"));
    assert!(refused(&|r| r.batch = 0).contains("batch"));
    let hole = ObservedPair { a: 1, b: 2, robust_z: f64::NAN };
    assert!(refused(&|r| r.observed = vec![hole]).contains("G0001 + G0002"));
    assert!(refused(&|r| r.excluded = (0..39).collect()).contains("open pairs allows 0"));
}

#[test]
fn a_believed_pair_makes_those_that_share_a_gene_surer() {
    let world = plain_world(GENES, 65, 1.0, Lcm::Absent);
    let posterior = singles(&world);
    let paired: Vec<usize> = (0..10).collect();
    let fit = |pending: &[(usize, usize)]| {
        PairModel::fit(&posterior, &paired, Vec::new(), pending, Tail::Up).unwrap()
    };
    let (before, after) = (fit(&[]), fit(&[(0, 1)]));
    let sd = |model: &PairModel, pair| {
        let at = model.open().iter().position(|p| *p == pair).unwrap();
        model.belief(at).sd
    };
    assert!(sd(&after, (0, 2)) < sd(&before, (0, 2)));
}
