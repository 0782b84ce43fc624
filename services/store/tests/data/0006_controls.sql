insert into controls (campaign_id, name, kind) values
  ('00000000-0000-0000-0000-0000000000c1', 'NTC-1', 'non_targeting');
