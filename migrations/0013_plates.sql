-- Plates and what lies in each well. The layout is fixed when the round is planned.
create table plates (
  id uuid not null,
  round_id uuid not null,
  barcode text not null,
  format integer not null,
  -- seed of the layout
  seed bigint not null,
  constraint plates_pkey primary key (id),
  constraint plates_barcode_once unique (barcode),
  constraint plates_round_known foreign key (round_id) references rounds (id) on delete restrict,
  constraint plates_format_known check (format in (6, 12, 24, 48, 96, 384, 1536)),
  constraint plates_barcode_not_empty check (barcode <> '')
);

create index plates_of_round on plates (round_id);

create table wells (
  plate_id uuid not null,
  -- row letters and two-digit column: A01
  well text not null,
  content text not null,
  symbol text,
  ensembl_id text,
  replicate integer not null default 1,
  constraint wells_pkey primary key (plate_id, well),
  constraint wells_plate_known foreign key (plate_id) references plates (id) on delete restrict,
  constraint wells_name_canonical check (well ~ '^[A-Z]{1,2}[0-9]{2}$'),
  constraint wells_content_known
    check (content in ('candidate', 'non_targeting', 'positive', 'untreated', 'empty')),
  constraint wells_candidate_has_symbol check (content <> 'candidate' or symbol is not null),
  constraint wells_replicate_positive check (replicate > 0)
);
