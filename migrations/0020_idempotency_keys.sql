-- A request with an Idempotency-Key is answered once; a repeat gets the stored answer. The row is
-- written in the transaction that does the work, so there is no key without its effect.
create table idempotency_keys (
  key text not null,
  -- digest of the request's content: the same key with other content is a mistake to report
  digest text not null,
  -- null only inside the transaction that is doing the work
  response jsonb,
  created_at timestamptz not null default now(),
  constraint idempotency_keys_pkey primary key (key),
  constraint idempotency_keys_key_not_empty check (key <> '')
);
