-- A campaign is one question asked of one cell system: which genes move `start_value` towards
-- `goal_value`, measured by `readout`.
create table campaigns (
  id uuid not null,
  name text not null,
  dataset_digest text not null,
  readout text not null,
  -- null when the read-out is no gene (viability, a morphology score)
  readout_gene text,
  keywords text[] not null default '{}',
  -- column of the dataset's obs that holds the two states
  state_column text not null,
  start_value text not null,
  goal_value text not null,
  donor_column text,
  -- in robust z
  hit_threshold float8 not null,
  two_sided boolean not null,
  -- candidates per round
  batch integer not null,
  plate_format integer not null,
  -- same unit of money as cost_per_well; null: no limit
  budget_amount float8,
  cost_per_well float8 not null,
  max_rounds integer,
  -- hits in the whole library, once somebody knows: only for the random band, never for choosing
  library_hits integer,
  ask_me_first boolean not null,
  exclude_essential boolean not null,
  seed bigint not null,
  -- the version that screens now; moved only by a guarded promotion
  model_digest text not null,
  screen_settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  constraint campaigns_pkey primary key (id),
  constraint campaigns_name_once unique (name),
  constraint campaigns_dataset_known foreign key (dataset_digest)
    references datasets (digest) on delete restrict,
  constraint campaigns_model_known foreign key (model_digest)
    references model_versions (digest) on delete restrict,
  constraint campaigns_states_differ check (start_value <> goal_value),
  constraint campaigns_hit_threshold_positive
    check (hit_threshold > 0 and hit_threshold < 'infinity'),
  constraint campaigns_batch_positive check (batch > 0),
  constraint campaigns_plate_format_known check (plate_format in (6, 12, 24, 48, 96, 384, 1536)),
  constraint campaigns_budget_positive check (budget_amount > 0 and budget_amount < 'infinity'),
  constraint campaigns_cost_not_negative check (cost_per_well >= 0 and cost_per_well < 'infinity'),
  constraint campaigns_max_rounds_positive check (max_rounds > 0),
  constraint campaigns_library_hits_not_negative check (library_hits >= 0)
);
