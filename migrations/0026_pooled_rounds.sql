-- The lab's guides, as uploaded. The same file twice is one library; a guide keeps its name, and
-- its sequence, for ever: an order sheet written today reads the same in a year.
create table guide_libraries (
  id uuid not null,
  campaign_id uuid not null,
  digest text not null,
  file_name text not null,
  content bytea not null,
  n_bytes bigint not null,
  -- what the reader said about the file
  report jsonb not null,
  created_at timestamptz not null default now(),
  constraint guide_libraries_pkey primary key (id),
  constraint guide_libraries_content_once unique (campaign_id, digest),
  -- target of composite foreign keys: a guide cannot name another campaign's library
  constraint guide_libraries_in_campaign unique (id, campaign_id),
  constraint guide_libraries_campaign_known foreign key (campaign_id)
    references campaigns (id) on delete restrict,
  constraint guide_libraries_size_true check (n_bytes = length(content))
);

create table guides (
  campaign_id uuid not null,
  guide_id text not null,
  library_id uuid not null,
  -- order of the file
  place integer not null,
  -- one or two genes, none for a control; approved symbols where the name was known
  symbols text[] not null,
  ensembl_ids text[] not null,
  control text,
  protospacer text not null,
  pam text,
  strand text,
  position bigint,
  score float8,
  constraint guides_pkey primary key (campaign_id, guide_id),
  constraint guides_library_known foreign key (library_id, campaign_id)
    references guide_libraries (id, campaign_id) on delete restrict,
  constraint guides_control_known check (control in ('non_targeting', 'safe_targeting')),
  constraint guides_target_or_control check ((control is null) = (cardinality(symbols) > 0)),
  constraint guides_at_most_two_genes check (cardinality(symbols) <= 2),
  constraint guides_protospacer_dna check (protospacer ~ '^[ACGT]{17,25}$'),
  constraint guides_strand_known check (strand in ('+', '-')),
  constraint guides_score_finite check (score > '-infinity' and score < 'infinity')
);

create index guides_in_order on guides (campaign_id, library_id, place);

-- A pooled round spends no wells.
alter table rounds
  drop constraint rounds_wells_positive,
  add constraint rounds_wells_not_negative check (wells >= 0);

-- A round that is pooled has a row here and no plates: its settings, the numbers that follow from
-- them, and what it costs instead of wells.
create table pooled_rounds (
  round_id uuid not null,
  campaign_id uuid not null,
  settings jsonb not null,
  numbers jsonb not null,
  cost float8 not null,
  constraint pooled_rounds_pkey primary key (round_id),
  constraint pooled_rounds_round_known foreign key (round_id, campaign_id)
    references rounds (id, campaign_id) on delete restrict,
  constraint pooled_rounds_cost_not_negative check (cost >= 0 and cost < 'infinity')
);

create index pooled_rounds_of_campaign on pooled_rounds (campaign_id);

-- The library of a pooled round, in the order of its order sheet.
create table pooled_guides (
  round_id uuid not null,
  place integer not null,
  campaign_id uuid not null,
  guide_id text not null,
  constraint pooled_guides_pkey primary key (round_id, place),
  constraint pooled_guides_once unique (round_id, guide_id),
  constraint pooled_guides_round_known foreign key (round_id)
    references pooled_rounds (round_id) on delete restrict,
  constraint pooled_guides_guide_known foreign key (campaign_id, guide_id)
    references guides (campaign_id, guide_id) on delete restrict
);
