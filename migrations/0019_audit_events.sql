-- Append-only record of decisions. Each row carries the hash of the one before, so an edit made
-- behind the application's back breaks the chain that `doctor` checks.
create table audit_events (
  id bigint not null,
  at timestamptz not null,
  actor text not null,
  action text not null,
  subject text not null,
  campaign_id uuid,
  details jsonb not null,
  prev_hash bytea not null,
  hash bytea not null,
  constraint audit_events_pkey primary key (id),
  constraint audit_events_campaign_known foreign key (campaign_id)
    references campaigns (id) on delete restrict
);

create function audit_event_hash(e audit_events) returns bytea
language sql stable as $$
  -- jsonb_build_array quotes each part, so no two rows share a text; times as microseconds,
  -- because the text of a timestamptz depends on the session's time zone
  select sha256(e.prev_hash || convert_to(jsonb_build_array(
    e.id, (extract(epoch from e.at) * 1000000)::bigint, e.actor, e.action, e.subject,
    e.campaign_id, e.details)::text, 'UTF8'))
$$;

-- The number and the link are given here, under a transaction lock, because the chain must not
-- fork when two transactions append at once. Append last in a transaction: the lock is held to
-- its end.
create function audit_event_link() returns trigger
language plpgsql as $$
declare
  last audit_events;
begin
  perform pg_advisory_xact_lock(hashtext('nextwell audit chain'));
  select * into last from audit_events order by id desc limit 1;
  new.id := coalesce(last.id, 0) + 1;
  new.at := clock_timestamp();
  new.prev_hash := coalesce(last.hash, '\x');
  new.hash := audit_event_hash(new);
  return new;
end
$$;

create function audit_event_refuse() returns trigger
language plpgsql as $$
begin
  raise exception 'audit_events is append-only: % refused', lower(tg_op)
    using errcode = 'restrict_violation', constraint = 'audit_events_append_only',
          table = 'audit_events';
end
$$;

create trigger audit_events_link before insert on audit_events
  for each row execute function audit_event_link();
create trigger audit_events_append_only before update or delete on audit_events
  for each row execute function audit_event_refuse();
create trigger audit_events_no_truncate before truncate on audit_events
  for each statement execute function audit_event_refuse();
