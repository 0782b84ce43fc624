insert into rounds (id, campaign_id, number, state, model_digest, screen_id, surrogate, seed, wells,
                    approved_at, results_at)
values ('00000000-0000-0000-0000-0000000000f1', '00000000-0000-0000-0000-0000000000c1', 1,
        'results_in', 'm1', '00000000-0000-0000-0000-0000000000e1', '{}', 7, 9, now(), now());
