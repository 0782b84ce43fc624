insert into screen_scores (screen_id, symbol, perturbation, n_cells, n_truncated, coverage,
                           mean_shift, sd, ci_low, ci_high, interval_kind, p_value, q_value, rank)
values ('00000000-0000-0000-0000-0000000000e1', 'GATA3', 'knock_out', 40, 2, 0.4, 0.01, 0.002,
        0.008, 0.012, 'bootstrap 95 %', 0.001, 0.01, 1);
