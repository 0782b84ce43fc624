insert into jobs (kind, args, campaign_id, state, attempt, lease_token, done, total, sharded,
                  finished_at)
values ('screen', '{}', '00000000-0000-0000-0000-0000000000c1', 'done', 1, 1, 1, 1, true, now());
insert into shard_results (job_id, shard_no, digest, result) select id, 0, 'r1', '{}' from jobs;
insert into result_conflicts (job_id, shard_no, kept_digest, other_digest, other_result)
select id, 0, 'r1', 'r2', '{}' from jobs;
