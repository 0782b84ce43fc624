-- Why each gene was chosen, in the numbers of that moment.
create table picks (
  round_id uuid not null,
  campaign_id uuid not null,
  rank integer not null,
  symbol text not null,
  -- how it was chosen (scored, random, forced, ...): the planner owns these words
  kind text not null,
  -- posterior in robust z when this gene was picked
  mean float8 not null,
  sd float8 not null,
  p_hit float8 not null,
  acquisition float8 not null,
  prior_score float8,
  -- pending genes and earlier picks the posterior was conditioned on
  conditioned_on text[] not null default '{}',
  reason text not null,
  constraint picks_pkey primary key (round_id, rank),
  -- a gene is never picked twice, whoever plans at the same time
  constraint picks_gene_once unique (campaign_id, symbol),
  constraint picks_round_known foreign key (round_id, campaign_id)
    references rounds (id, campaign_id) on delete restrict,
  constraint picks_candidate_known foreign key (campaign_id, symbol)
    references candidates (campaign_id, symbol) on delete restrict,
  constraint picks_rank_positive check (rank > 0),
  constraint picks_sd_not_negative check (sd >= 0 and sd < 'infinity'),
  constraint picks_p_hit_is_probability check (p_hit between 0 and 1)
);
