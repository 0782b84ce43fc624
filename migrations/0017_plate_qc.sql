-- Quality of a plate as one upload measured it: controls, edge effects, Z prime.
create table plate_qc (
  plate_id uuid not null,
  upload_id uuid not null,
  report jsonb not null,
  created_at timestamptz not null default now(),
  constraint plate_qc_pkey primary key (plate_id, upload_id),
  constraint plate_qc_plate_known foreign key (plate_id) references plates (id) on delete restrict,
  constraint plate_qc_upload_known foreign key (upload_id)
    references uploads (id) on delete restrict
);
