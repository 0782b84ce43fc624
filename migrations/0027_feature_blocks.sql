-- Blocks of gene features that a lab brings to a campaign: the file that `nextwell features build`
-- wrote, as uploaded. A block that is taken out stays, for the rounds that used it.
create table feature_blocks (
  id uuid not null,
  campaign_id uuid not null,
  name text not null,
  source text not null,
  licence text not null,
  n_genes integer not null,
  width integer not null,
  -- sha256 of `content`
  digest text not null,
  content bytea not null,
  created_at timestamptz not null default now(),
  removed_at timestamptz,
  constraint feature_blocks_pkey primary key (id),
  constraint feature_blocks_campaign_known foreign key (campaign_id)
    references campaigns (id) on delete restrict,
  constraint feature_blocks_sizes_positive check (n_genes > 0 and width > 0)
);

create unique index feature_blocks_name_once on feature_blocks (campaign_id, name)
  where removed_at is null;
