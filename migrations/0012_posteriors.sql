-- What the surrogate thought of every candidate when a round was planned: calibration and the
-- targets page read it, and it can never be recomputed with hindsight.
create table posteriors (
  round_id uuid not null,
  symbol text not null,
  mean float8 not null,
  sd float8 not null,
  p_hit float8 not null,
  constraint posteriors_pkey primary key (round_id, symbol),
  constraint posteriors_round_known foreign key (round_id)
    references rounds (id) on delete restrict,
  constraint posteriors_mean_finite check (mean > '-infinity' and mean < 'infinity'),
  constraint posteriors_sd_not_negative check (sd >= 0 and sd < 'infinity'),
  constraint posteriors_p_hit_is_probability check (p_hit between 0 and 1)
);
