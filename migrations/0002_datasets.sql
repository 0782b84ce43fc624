-- A dataset is the canonical file of checked cells, named by its digest. The file lies in the
-- artifact store; a row is written only after the file is there.
create table datasets (
  id uuid not null,
  digest text not null,
  -- digest of the file as it was uploaded, before it was re-encoded
  source_digest text not null,
  name text not null,
  -- the validation report, shown unchanged for as long as the dataset exists
  report jsonb not null,
  created_at timestamptz not null default now(),
  constraint datasets_pkey primary key (id),
  constraint datasets_digest_once unique (digest)
);
