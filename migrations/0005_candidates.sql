-- A candidate is a gene the planner may choose. Excluded ones stay, with the reason, so that a
-- person can see why a gene was never offered.
create table candidates (
  campaign_id uuid not null,
  symbol text not null,
  -- null when the gene map does not know the symbol
  ensembl_id text,
  excluded boolean not null default false,
  excluded_reason text,
  constraint candidates_pkey primary key (campaign_id, symbol),
  constraint candidates_campaign_known foreign key (campaign_id)
    references campaigns (id) on delete restrict,
  constraint candidates_symbol_not_empty check (symbol <> ''),
  constraint candidates_exclusion_has_reason check (excluded = (excluded_reason is not null))
);
