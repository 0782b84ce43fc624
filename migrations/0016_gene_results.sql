-- What the measurements say about a gene under a written rule. Derived: it follows the newest
-- revision of the measurements, which keep the history.
create table gene_results (
  campaign_id uuid not null,
  round_id uuid not null,
  symbol text not null,
  robust_z float8 not null,
  -- null with a single well
  se float8,
  n_wells integer not null,
  hit boolean not null,
  -- the hit rule in words, with its numbers
  rule text not null,
  upload_id uuid not null,
  updated_at timestamptz not null default now(),
  constraint gene_results_pkey primary key (campaign_id, symbol, rule),
  constraint gene_results_round_known foreign key (round_id, campaign_id)
    references rounds (id, campaign_id) on delete restrict,
  constraint gene_results_candidate_known foreign key (campaign_id, symbol)
    references candidates (campaign_id, symbol) on delete restrict,
  constraint gene_results_upload_known foreign key (upload_id)
    references uploads (id) on delete restrict,
  constraint gene_results_z_finite check (robust_z > '-infinity' and robust_z < 'infinity'),
  constraint gene_results_se_not_negative check (se >= 0 and se < 'infinity'),
  constraint gene_results_wells_positive check (n_wells > 0)
);

create index gene_results_of_round on gene_results (round_id);

-- The result that counts for each gene: the one written last, whatever rule was in force then.
create view current_gene_results as
  select distinct on (campaign_id, symbol) *
  from gene_results
  order by campaign_id, symbol, updated_at desc, rule;
