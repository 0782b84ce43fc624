insert into picks (round_id, campaign_id, rank, symbol, kind, mean, sd, p_hit, acquisition,
                   prior_score, reason)
values ('00000000-0000-0000-0000-0000000000f1', '00000000-0000-0000-0000-0000000000c1', 1, 'GATA3',
        'scored', 1.5, 0.5, 0.2, -1, 0.01, 'rank 1 by log expected improvement');
