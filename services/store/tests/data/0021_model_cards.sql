update model_versions set
  card = '{"family": "geneformer", "licence": {"name": "Apache-2.0"}}',
  parity = '{"largest_difference": 1e-6, "batch_invariant": true}'
where digest = 'm0';
