-- One perturbation's outcome in one screen. Numbers are null where no cell could be perturbed
-- (n_cells = 0): a missing number is not a zero shift.
create table screen_scores (
  screen_id uuid not null,
  symbol text not null,
  perturbation text not null,
  n_cells integer not null,
  -- cells whose gene fell beyond the model's context length
  n_truncated integer not null,
  -- share of the start-state cells in which the gene could be perturbed, 0 to 1
  coverage float8 not null,
  -- change in cosine similarity towards the goal state
  mean_shift float8,
  sd float8,
  ci_low float8,
  ci_high float8,
  interval_kind text not null,
  p_value float8,
  q_value float8,
  -- effect predicted by the model's fine-tuned head, ln(1 + |robust z|), and the sd of its members
  predicted_effect float8,
  predicted_sd float8,
  rank integer,
  constraint screen_scores_pkey primary key (screen_id, symbol, perturbation),
  constraint screen_scores_screen_known foreign key (screen_id)
    references screens (id) on delete restrict,
  constraint screen_scores_perturbation_known
    check (perturbation in ('knock_out', 'over_expression')),
  constraint screen_scores_cells_not_negative check (n_cells >= 0 and n_truncated >= 0),
  constraint screen_scores_coverage_is_share check (coverage between 0 and 1),
  constraint screen_scores_shift_finite
    check (mean_shift > '-infinity' and mean_shift < 'infinity'),
  constraint screen_scores_prediction_finite
    check (predicted_effect > '-infinity' and predicted_effect < 'infinity'),
  constraint screen_scores_p_is_probability check (p_value between 0 and 1),
  constraint screen_scores_q_is_probability check (q_value between 0 and 1)
);

create index screen_scores_by_symbol on screen_scores (symbol, screen_id);
