-- Models of any family. `card` is what a version's files say about it (family, sizes, vocabulary,
-- licence), kept so that it can be shown while the model service is away; null for versions that
-- were added before there were cards, until somebody looks at one. `parity` is the last comparison
-- with the model's definition on this server; null before the first.
--
-- A version that nothing depends on may be removed: published weights are large, and a user may
-- have no right to keep them. Everything that uses a version refers to it `on delete restrict`, so
-- evidence of a decision cannot lose its model; the audit keeps what was removed.
alter table model_versions
  add column card jsonb,
  add column parity jsonb;
