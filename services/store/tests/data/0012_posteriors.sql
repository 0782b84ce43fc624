insert into posteriors (round_id, symbol, mean, sd, p_hit) values
  ('00000000-0000-0000-0000-0000000000f1', 'GATA3', 1.5, 0.5, 0.2);
