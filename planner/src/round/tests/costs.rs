//! Prices, families and advice.

use super::*;

/// A second round over a world with a signal, all genes at one price.
fn second_round(world: &World, batch: usize) -> RoundRequest<'_> {
    let mut request = RoundRequest::new(&world.table, batch);
    request.observed = observe(world, &(0..40).collect::<Vec<_>>());
    (request.round_no, request.random_share) = (2, 0.0);
    request
}

fn picked(request: &RoundRequest<'_>) -> Vec<usize> {
    select(request).unwrap().picks.iter().map(|p| p.candidate).collect()
}

#[test]
fn equal_prices_change_nothing() {
    let world = plain_world(100, 21, 1.0, Lcm::Absent);
    let mut request = second_round(&world, 8);
    let free = picked(&request);
    request.limits.costs = vec![3.5; 100];
    (request.limits.budget_left, request.limits.budget) = (Some(100.0), Some(200.0));
    assert_eq!(picked(&request), free);
}

#[test]
fn among_equals_the_cheap_gene_is_picked_and_its_price_is_told() {
    let world = plain_world(100, 22, 1.0, Lcm::Absent);
    let mut request = second_round(&world, 3);
    let free = picked(&request);
    // The favourites of before cost ten times as much as the rest.
    request.limits.costs = (0..100).map(|c| if free.contains(&c) { 10.0 } else { 1.0 }).collect();
    (request.limits.budget_left, request.limits.budget) = (Some(6.0), Some(6.0));
    let proposal = select(&request).unwrap();
    assert!(proposal.picks.iter().all(|p| !free.contains(&p.candidate)));
    assert!(proposal.picks[0].reason.contains("it costs 1"), "{}", proposal.picks[0].reason);
    // A campaign at its start prefers cheap picks more than one near its end.
    request.limits.budget_left = Some(100.0);
    request.limits.budget = Some(1e9);
    assert_eq!(
        picked(&request),
        free,
        "next to nothing is left of the budget: price hardly counts"
    );
}

#[test]
fn the_better_of_both_greedy_rounds_is_kept() {
    let world = plain_world(100, 23, 1.0, Lcm::Absent);
    let mut request = second_round(&world, 2);
    request.acquisition = Acquisition::ProbabilityOfHit;
    let p_hit: Vec<f64> = select(&request).unwrap().posterior.iter().map(|c| c.p_hit).collect();
    let mut open: Vec<usize> = (40..100).collect();
    open.sort_by(|&a, &b| p_hit[b].total_cmp(&p_hit[a]));
    // One good gene at a price that leaves money for none beside it; two hopeless ones for nearly
    // nothing. Ratios alone would take the hopeless ones.
    let (good, poor) = (open[0], &open[58..]);
    request.excluded = open[1..58].to_vec();
    request.limits.costs = (0..100).map(|c| if c == good { 10.0 } else { 0.01 }).collect();
    request.limits.budget_left = Some(10.0);
    let proposal = select(&request).unwrap();
    let found: Vec<usize> = proposal.picks.iter().map(|p| p.candidate).collect();
    assert!(p_hit[good] > p_hit[poor[0]] + p_hit[poor[1]], "the world is not the one meant");
    assert_eq!(found, [good]);
    assert!(proposal.shortfall.unwrap().contains("cost more than the budget left"));
}

#[test]
fn a_plate_that_cannot_be_paid_is_refused_with_its_price() {
    let world = plain_world(60, 24, 1.0, Lcm::Absent);
    let mut request = RoundRequest::new(&world.table, 40);
    (request.limits.cost_per_plate, request.limits.candidates_per_plate) = (310.0, Some(24));
    request.limits.budget_left = Some(10.0);
    let words = select(&request).unwrap_err().to_string();
    assert_eq!(words, "No round fits: 1 plate costs 310, budget 10");
    request.limits.budget_left = Some(400.0);
    let words = select(&request).unwrap_err().to_string();
    assert_eq!(
        words,
        "No round fits: 2 plates of 40 picks cost 620, budget 400; 24 picks would fit"
    );
    request.limits.budget_left = Some(620.0);
    request.limits.plates_left = Some(1);
    let words = select(&request).unwrap_err().to_string();
    assert!(words.contains("plates left allows 1, but 2"), "{words}");
    request.limits.plates_left = Some(2);
    assert_eq!(select(&request).unwrap().picks.len(), 40);
}

#[test]
fn forced_genes_of_one_family_beyond_its_limit_are_refused() {
    let names = ["JAK1", "JAK2", "BTK", "LCK", "GATA3", "MYB"];
    let order: Vec<usize> = (0..6).collect();
    let named = |i: usize| names[i].to_owned();
    let world = crate::features::synthetic::named_world(&order, &named, 1, 1.0, Lcm::Absent);
    let mut request = RoundRequest::new(&world.table, 5);
    (request.limits.family_max, request.forced) = (Some(1), vec![0, 1]);
    let words = select(&request).unwrap_err().to_string();
    assert!(words.contains("one gene family allows 1, but 2"), "{words}");
    request.forced = vec![0];
    let proposal = select(&request).unwrap();
    assert_eq!(
        symbols(&world.table, &proposal),
        ["GATA3", "JAK1", "MYB"].map(str::to_owned).into()
    );
    assert!(proposal.shortfall.unwrap().contains("3 belong to a family that has its 1 picks"));
}

#[test]
fn advice_counts_hits_money_and_gains() {
    let world = plain_world(100, 25, 1.0, Lcm::Absent);
    let mut request = second_round(&world, 10);
    request.limits.cost_per_well = 5.0;
    request.limits.budget_left = Some(80.0);
    request.stopping.hits_floor = 9.5;
    request.stopping.improvement_worth = Some(1e-3);
    let proposal = select(&request).unwrap();
    let of = |kind| proposal.advice.iter().find(|a| a.kind == kind).unwrap();
    let hits = of(AdviceKind::ExpectedHits);
    assert!(hits.stop && hits.words.contains("fewer than the 9.5"), "{}", hits.words);
    let money = of(AdviceKind::Budget);
    assert!(money.stop, "{}", money.words);
    assert!(
        money.words.contains("30.00 is left; another of 10 costs about 50.00"),
        "{}",
        money.words
    );
    assert!(of(AdviceKind::Improvement).stop);
    request.limits.budget_left = Some(100.0);
    (request.stopping.hits_floor, request.stopping.improvement_worth) = (0.0, Some(1e6));
    assert!(select(&request).unwrap().advice.iter().all(|a| !a.stop));
}
