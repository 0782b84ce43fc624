-- A replay: a finished screen played by the planner's strategies. The table is stored unchanged;
-- the digest of table and options makes the same order twice one replay. What each strategy found
-- with each seed is a shard of the job, so a restart goes on where it stopped.
create table replays (
  id uuid not null,
  name text not null,
  content bytea not null,
  -- options without the table
  spec jsonb not null,
  -- of table, options and version of the code
  spec_digest text not null,
  code_version text not null,
  job_id bigint,
  report jsonb,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  -- a person does not want to see it any more
  removed_at timestamptz,
  constraint replays_pkey primary key (id),
  constraint replays_spec_once unique (spec_digest),
  constraint replays_job_known foreign key (job_id) references jobs (id) on delete restrict,
  constraint replays_reported_has_time check ((report is null) = (finished_at is null))
);

create index replays_newest on replays (created_at desc, id) where removed_at is null;

create trigger replays_event after insert or update on replays
  for each row execute function notify_event('replay');
