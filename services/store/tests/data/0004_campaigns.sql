insert into campaigns (
  id, name, dataset_digest, readout, readout_gene, keywords, state_column, start_value, goal_value,
  hit_threshold, two_sided, batch, plate_format, cost_per_well, ask_me_first, exclude_essential,
  seed, model_digest)
values
  ('00000000-0000-0000-0000-0000000000c1', 'IL2RA regulators', 'd1', 'IL2RA', 'IL2RA', '{T cell}',
   'tissue', 'Tumor', 'NAT', 3, true, 24, 96, 3, false, true, 7, 'm1');
