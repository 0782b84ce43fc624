insert into candidates (campaign_id, symbol, ensembl_id) values
  ('00000000-0000-0000-0000-0000000000c1', 'GATA3', 'ENSG00000107485');
