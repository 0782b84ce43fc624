-- A round is wet: planned, approved, measured, learned from, in this order and never back.
create table rounds (
  id uuid not null,
  campaign_id uuid not null,
  number integer not null,
  state text not null default 'planned',
  model_digest text not null,
  -- null: planned without a screen
  screen_id uuid,
  -- what the surrogate was: kernel, fitted parameters, jitter, weight of the screen's score
  surrogate jsonb not null,
  seed bigint not null,
  -- wells this round spends, controls included
  wells integer not null,
  created_at timestamptz not null default now(),
  approved_at timestamptz,
  results_at timestamptz,
  learned_at timestamptz,
  constraint rounds_pkey primary key (id),
  constraint rounds_number_once unique (campaign_id, number),
  -- target of composite foreign keys: a pick cannot name another campaign's round
  constraint rounds_in_campaign unique (id, campaign_id),
  constraint rounds_campaign_known foreign key (campaign_id)
    references campaigns (id) on delete restrict,
  constraint rounds_model_known foreign key (model_digest)
    references model_versions (digest) on delete restrict,
  constraint rounds_screen_known foreign key (screen_id)
    references screens (id) on delete restrict,
  constraint rounds_number_positive check (number > 0),
  constraint rounds_wells_positive check (wells > 0),
  constraint rounds_state_known check (state in ('planned', 'approved', 'results_in', 'learned')),
  constraint rounds_state_has_times check (
    (state = 'planned') = (approved_at is null)
    and (state in ('planned', 'approved')) = (results_at is null)
    and (state <> 'learned') = (learned_at is null))
);

create trigger rounds_event after insert or update on rounds
  for each row execute function notify_event('round');
-- A worker has no lease on a round; jobs name it only once it exists.
alter table jobs add constraint jobs_round_known
  foreign key (round_id) references rounds (id) on delete restrict;
