insert into gene_results (campaign_id, round_id, symbol, robust_z, se, n_wells, hit, rule,
                          upload_id)
values ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-0000000000f1', 'GATA3',
        -4.2, null, 1, true, '|robust z| >= 3', '00000000-0000-0000-0000-000000000011');
