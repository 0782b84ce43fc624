-- Candidate model against current model on held-out genes, and the decision with its reason.
-- One per round: a crash between evaluation and promotion repeats into the same row.
create table evaluations (
  id uuid not null,
  campaign_id uuid not null,
  round_id uuid not null,
  candidate_digest text not null,
  current_digest text not null,
  report jsonb not null,
  promote boolean not null,
  reason text not null,
  created_at timestamptz not null default now(),
  constraint evaluations_pkey primary key (id),
  constraint evaluations_round_once unique (round_id),
  constraint evaluations_round_known foreign key (round_id, campaign_id)
    references rounds (id, campaign_id) on delete restrict,
  constraint evaluations_candidate_known foreign key (candidate_digest)
    references model_versions (digest) on delete restrict,
  constraint evaluations_current_known foreign key (current_digest)
    references model_versions (digest) on delete restrict,
  constraint evaluations_reason_not_empty check (reason <> '')
);
