insert into model_versions (id, digest, family, name, parent_digest, dataset_digest, info, state)
values
  ('00000000-0000-0000-0000-0000000000a0', 'm0', 'geneformer-v1', 'base', null, null, '{}', 'base'),
  ('00000000-0000-0000-0000-0000000000a1', 'm1', 'geneformer-v1', 'v1', 'm0', 'd1', '{}',
   'promoted');
