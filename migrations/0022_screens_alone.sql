-- A screen may be ordered on its own, without a campaign: it has a name, and its report and its
-- rows are kept here.
alter table screens
  alter column campaign_id drop not null,
  add column name text,
  add column report jsonb,
  drop constraint screens_shards_positive,
  -- 0 until the job has planned it
  add constraint screens_shards_not_negative check (n_shards >= 0),
  add constraint screens_alone_named check (campaign_id is not null or name is not null),
  add constraint screens_alone_reported
    check (campaign_id is not null or state <> 'done' or report is not null);

create unique index screens_spec_once_alone on screens (spec_digest) where campaign_id is null;
create index screens_alone_newest on screens (created_at desc, id) where campaign_id is null;

-- One perturbation of one target of a screen ordered on its own. The columns are those that lists
-- are filtered and sorted by; the whole row is in `content`.
create table screen_rows (
  screen_id uuid not null,
  -- order of the report: by perturbation and rank, rows without a rank last
  place integer not null,
  label text not null,
  genes text[] not null,
  perturbation text not null,
  rank integer,
  mean float8,
  q float8,
  n_cells bigint not null,
  significant boolean not null,
  transcription_factor boolean not null,
  druggable boolean not null,
  content jsonb not null,
  constraint screen_rows_pkey primary key (screen_id, place),
  constraint screen_rows_screen_known foreign key (screen_id)
    references screens (id) on delete restrict,
  constraint screen_rows_target_once unique (screen_id, perturbation, genes),
  constraint screen_rows_mean_finite check (mean > '-infinity' and mean < 'infinity'),
  constraint screen_rows_q_is_probability check (q between 0 and 1),
  constraint screen_rows_cells_not_negative check (n_cells >= 0)
);

-- How many of the donors of a campaign's screen agree with the whole.
alter table screen_scores
  add column n_donors integer,
  add column donors_agreeing integer,
  add constraint screen_scores_donors_agree check (donors_agreeing between 0 and n_donors);
