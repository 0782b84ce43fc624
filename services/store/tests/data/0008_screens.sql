insert into screens (id, campaign_id, model_digest, dataset_digest, spec, spec_digest, seed,
                     code_version, n_shards, job_id, state, finished_at)
select '00000000-0000-0000-0000-0000000000e1', '00000000-0000-0000-0000-0000000000c1', 'm1', 'd1',
  '{}', 'spec1', 7, '0.1.0', 1, id, 'done', now()
from jobs;
