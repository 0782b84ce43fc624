-- A model version is immutable weights, named by digest, with where they came from.
-- Versions are never deleted: a rejected one stays, as evidence of the decision.
create table model_versions (
  id uuid not null,
  digest text not null,
  family text not null,
  name text not null,
  -- null for a base model: it was imported, not trained here
  parent_digest text,
  -- null when the cells it was trained on are not ours
  dataset_digest text,
  info jsonb not null default '{}',
  state text not null,
  created_at timestamptz not null default now(),
  constraint model_versions_pkey primary key (id),
  constraint model_versions_digest_once unique (digest),
  constraint model_versions_parent_known foreign key (parent_digest)
    references model_versions (digest) on delete restrict,
  constraint model_versions_dataset_known foreign key (dataset_digest)
    references datasets (digest) on delete restrict,
  constraint model_versions_state_known
    check (state in ('base', 'candidate', 'promoted', 'rejected', 'retired'))
);

create trigger model_versions_event after insert or update on model_versions
  for each row execute function notify_event('model');
