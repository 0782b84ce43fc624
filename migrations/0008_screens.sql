-- A screen is in silico: one model version, one dataset, one list of perturbations. Its spec and
-- seed determine its scores, so the same spec is never computed twice for a campaign.
create table screens (
  id uuid not null,
  campaign_id uuid not null,
  model_digest text not null,
  dataset_digest text not null,
  spec jsonb not null,
  spec_digest text not null,
  seed bigint not null,
  code_version text not null,
  n_shards integer not null,
  job_id bigint,
  state text not null default 'waiting',
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint screens_pkey primary key (id),
  constraint screens_spec_once unique (campaign_id, spec_digest),
  constraint screens_campaign_known foreign key (campaign_id)
    references campaigns (id) on delete restrict,
  constraint screens_model_known foreign key (model_digest)
    references model_versions (digest) on delete restrict,
  constraint screens_dataset_known foreign key (dataset_digest)
    references datasets (digest) on delete restrict,
  constraint screens_job_known foreign key (job_id) references jobs (id) on delete restrict,
  constraint screens_shards_positive check (n_shards > 0),
  constraint screens_state_known
    check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
  constraint screens_done_has_time check (state <> 'done' or finished_at is not null)
);

create trigger screens_event after insert or update on screens
  for each row execute function notify_event('screen');
