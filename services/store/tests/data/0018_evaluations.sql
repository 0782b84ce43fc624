insert into evaluations (id, campaign_id, round_id, candidate_digest, current_digest, report,
                         promote, reason)
values ('00000000-0000-0000-0000-000000000021', '00000000-0000-0000-0000-0000000000c1',
        '00000000-0000-0000-0000-0000000000f1', 'm1', 'm0', '{}', true, 'held-out rho 0.3 over 0.1');
