insert into feature_blocks (id, campaign_id, name, source, licence, n_genes, width, digest, content)
values ('00000000-0000-0000-0000-0000000000b1', '00000000-0000-0000-0000-0000000000c1', 'mine',
  'the lab', 'own', 2, 1, 'b1', 'gene,mine_1');
