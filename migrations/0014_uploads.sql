-- A results file, stored raw and unchanged, with the report of its check. The digest makes the
-- same file twice one upload.
create table uploads (
  id uuid not null,
  campaign_id uuid not null,
  digest text not null,
  file_name text not null,
  content bytea not null,
  n_bytes bigint not null,
  report jsonb not null,
  state text not null,
  created_at timestamptz not null default now(),
  accepted_at timestamptz,
  constraint uploads_pkey primary key (id),
  constraint uploads_content_once unique (campaign_id, digest),
  constraint uploads_campaign_known foreign key (campaign_id)
    references campaigns (id) on delete restrict,
  constraint uploads_size_true check (n_bytes = length(content)),
  constraint uploads_state_known check (state in ('checked', 'accepted', 'rejected')),
  constraint uploads_accepted_has_time check ((state = 'accepted') = (accepted_at is not null))
);

create trigger uploads_event after insert or update on uploads
  for each row execute function notify_event('upload');
