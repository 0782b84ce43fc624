-- Live progress. Every row change a page may be showing is announced on one channel, in the
-- transaction that makes it: a listener is never told of something that was rolled back, and a
-- new code path cannot forget to announce. The payload is only a hint; listeners look again.
create function notify_event() returns trigger
language plpgsql as $$
declare
  event_row jsonb := to_jsonb(new);
begin
  perform pg_notify('nextwell_events', jsonb_build_object(
    'kind', tg_argv[0],
    'id', event_row ->> 'id',
    'campaign_id', event_row ->> 'campaign_id')::text);
  return null;
end
$$;
