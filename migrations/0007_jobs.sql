-- The queue. A claim takes a lease and a new fencing token; every later write of that worker names
-- the token, so a worker that slept past its lease can change nothing. Lease arithmetic uses only
-- the database's clock. Attempts are counted at claim: a job that kills its worker ends as dead.
-- Jobs are never deleted: they are the history.
create table jobs (
  id bigint generated always as identity,
  kind text not null,
  args jsonb not null,
  campaign_id uuid,
  round_id uuid,
  priority smallint not null default 0,
  state text not null default 'ready',
  run_at timestamptz not null default now(),
  attempt integer not null default 0,
  max_attempts integer not null default 5,
  -- fencing token, only grows
  lease_token bigint not null default 0,
  lease_owner text,
  lease_until timestamptz,
  cancel_requested_at timestamptz,
  dedupe_key text,
  parent_id bigint,
  schedule_id bigint,
  due_at timestamptz,
  done integer not null default 0,
  -- shards (or steps) in all; null until the worker knows
  total integer,
  -- total counts shards, and the job cannot be done before each has a result
  sharded boolean not null default false,
  -- what the worker is doing, in words for people
  message text,
  last_error jsonb,
  created_at timestamptz not null default now(),
  -- when the current (or last) attempt began
  claimed_at timestamptz,
  finished_at timestamptz,
  constraint jobs_pkey primary key (id),
  constraint jobs_campaign_known foreign key (campaign_id)
    references campaigns (id) on delete restrict,
  constraint jobs_parent_known foreign key (parent_id) references jobs (id) on delete restrict,
  constraint jobs_state_known
    check (state in ('ready', 'running', 'done', 'failed', 'dead', 'cancelled')),
  constraint jobs_running_has_lease check ((state = 'running') = (lease_until is not null)),
  constraint jobs_ended_has_time
    check ((state in ('done', 'failed', 'dead', 'cancelled')) = (finished_at is not null)),
  constraint jobs_total_not_negative check (total >= 0),
  constraint jobs_sharded_has_total check (not sharded or total is not null),
  constraint jobs_max_attempts_positive check (max_attempts > 0)
);

-- One live job per kind and key; a finished one does not stand in the way of the next.
create unique index jobs_dedupe on jobs (kind, dedupe_key) where state in ('ready', 'running');
create unique index jobs_once_per_due on jobs (schedule_id, due_at);
create index jobs_claim on jobs (priority desc, run_at, id) where state = 'ready';
create index jobs_expired on jobs (lease_until) where state = 'running';
create index jobs_of_campaign on jobs (campaign_id, id);

-- One row per shard, whoever computed it and however often: the first result stays.
create table shard_results (
  job_id bigint not null,
  shard_no integer not null,
  digest text not null,
  result jsonb not null,
  created_at timestamptz not null default now(),
  constraint shard_results_pkey primary key (job_id, shard_no),
  constraint shard_results_job_known foreign key (job_id) references jobs (id) on delete restrict,
  constraint shard_results_number_not_negative check (shard_no >= 0)
);

-- A second, different result for a shard means that something is not deterministic or not intact.
-- It is kept for a person to look at; the first one still counts.
create table result_conflicts (
  id bigint generated always as identity,
  job_id bigint not null,
  shard_no integer not null,
  kept_digest text not null,
  other_digest text not null,
  other_result jsonb not null,
  created_at timestamptz not null default now(),
  constraint result_conflicts_pkey primary key (id),
  constraint result_conflicts_other_once unique (job_id, shard_no, other_digest),
  constraint result_conflicts_shard_known foreign key (job_id, shard_no)
    references shard_results (job_id, shard_no) on delete restrict,
  constraint result_conflicts_differ check (kept_digest <> other_digest)
);

-- Wake-up for workers: the payload is the kind, and only a hint, as workers also poll.
create function notify_job_ready() returns trigger
language plpgsql as $$
begin
  perform pg_notify('nextwell_jobs', new.kind);
  return null;
end
$$;

create trigger jobs_wake_insert after insert on jobs
  for each row when (new.state = 'ready') execute function notify_job_ready();
create trigger jobs_wake_update after update on jobs
  for each row when (new.state = 'ready' and old.state <> 'ready')
  execute function notify_job_ready();

create trigger jobs_event_insert after insert on jobs
  for each row execute function notify_event('job');
-- A beat that only moves the lease is no news.
create trigger jobs_event_update after update on jobs
  for each row when (
    (old.state, old.done, old.total, old.message, old.cancel_requested_at) is distinct from
    (new.state, new.done, new.total, new.message, new.cancel_requested_at))
  execute function notify_event('job');
