-- A measured value of a well. A second value is a new revision, never an overwrite; the highest
-- revision counts.
create table measurements (
  id bigint generated always as identity,
  plate_id uuid not null,
  well text not null,
  readout text not null,
  value float8 not null,
  upload_id uuid not null,
  revision integer not null,
  created_at timestamptz not null default now(),
  constraint measurements_pkey primary key (id),
  constraint measurements_revision_once unique (plate_id, well, readout, revision),
  constraint measurements_well_known foreign key (plate_id, well)
    references wells (plate_id, well) on delete restrict,
  constraint measurements_upload_known foreign key (upload_id)
    references uploads (id) on delete restrict,
  constraint measurements_value_finite check (value > '-infinity' and value < 'infinity'),
  constraint measurements_revision_positive check (revision > 0)
);
