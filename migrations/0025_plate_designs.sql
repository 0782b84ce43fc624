-- How a campaign's plates are laid out. Campaigns without a row have one unnamed donor and one well
-- of every candidate, as before.
create table plate_designs (
  campaign_id uuid not null,
  -- empty: one unnamed donor
  donors text[] not null default '{}',
  -- wells of every candidate in every donor
  replicates integer not null default 1,
  -- control wells of a plate; null: by the size of the plate
  non_targeting_wells integer,
  positive_wells integer,
  untreated_wells integer,
  -- what a liquid handler moves into a well
  transfer_nl float8 not null default 2500,
  constraint plate_designs_pkey primary key (campaign_id),
  constraint plate_designs_campaign_known foreign key (campaign_id)
    references campaigns (id) on delete restrict,
  constraint plate_designs_replicates_positive check (replicates > 0),
  constraint plate_designs_wells_not_negative
    check (non_targeting_wells >= 0 and positive_wells >= 0 and untreated_wells >= 0),
  constraint plate_designs_transfer_positive check (transfer_nl > 0 and transfer_nl < 'infinity')
);

alter table plates
  -- donor of the cells on the plate; empty when the campaign names none
  add column donor text not null default '',
  -- layout rules that could not be kept, in words
  add column notes text[] not null default '{}';

-- Files that describe the source plates of an arrayed guide library. The digest makes the same
-- file twice one upload.
create table library_uploads (
  id uuid not null,
  campaign_id uuid not null,
  digest text not null,
  file_name text not null,
  n_wells integer not null,
  created_at timestamptz not null default now(),
  constraint library_uploads_pkey primary key (id),
  constraint library_uploads_content_once unique (campaign_id, digest),
  constraint library_uploads_campaign_known foreign key (campaign_id)
    references campaigns (id) on delete restrict
);

create table library_plates (
  campaign_id uuid not null,
  barcode text not null,
  format integer not null,
  dead_volume_ul float8 not null,
  constraint library_plates_pkey primary key (campaign_id, barcode),
  constraint library_plates_campaign_known foreign key (campaign_id)
    references campaigns (id) on delete restrict,
  constraint library_plates_format_known check (format in (6, 12, 24, 48, 96, 384, 1536)),
  constraint library_plates_dead_volume_not_negative
    check (dead_volume_ul >= 0 and dead_volume_ul < 'infinity')
);

create table library_wells (
  campaign_id uuid not null,
  plate_barcode text not null,
  -- row letters and two-digit column: A01
  well text not null,
  guide_id text not null,
  -- empty for a control without a gene
  symbol text not null,
  ensembl_id text not null,
  sequence text not null,
  -- when the latest upload was made
  volume_ul float8 not null,
  concentration_um float8,
  lot text not null,
  expires_on date,
  available_on date,
  upload_id uuid not null,
  uploaded_at timestamptz not null default now(),
  constraint library_wells_pkey primary key (campaign_id, plate_barcode, well),
  constraint library_wells_plate_known foreign key (campaign_id, plate_barcode)
    references library_plates (campaign_id, barcode) on delete restrict,
  constraint library_wells_upload_known foreign key (upload_id)
    references library_uploads (id) on delete restrict,
  constraint library_wells_name_canonical check (well ~ '^[A-Z]{1,2}[0-9]{2}$'),
  constraint library_wells_volume_not_negative check (volume_ul >= 0 and volume_ul < 'infinity')
);

-- Volume set aside for a well of a round. Released when the round is given up; never deleted.
create table reservations (
  plate_id uuid not null,
  well text not null,
  campaign_id uuid not null,
  source_plate text not null,
  source_well text not null,
  volume_nl float8 not null,
  reserved_at timestamptz not null default now(),
  released_at timestamptz,
  constraint reservations_pkey primary key (plate_id, well),
  constraint reservations_well_known foreign key (plate_id, well)
    references wells (plate_id, well) on delete restrict,
  constraint reservations_source_known foreign key (campaign_id, source_plate, source_well)
    references library_wells (campaign_id, plate_barcode, well) on delete restrict,
  constraint reservations_volume_positive check (volume_nl > 0 and volume_nl < 'infinity')
);

create index reservations_of_source on reservations (campaign_id, source_plate, source_well);
