insert into screens (id, model_digest, dataset_digest, spec, spec_digest, seed, code_version, n_shards,
                     name, report, state, finished_at)
values ('00000000-0000-0000-0000-0000000000e2', 'm1', 'd1', '{}', 'spec2', 7, '0.1.0', 1,
  'Tumor to NAT', '{"measures": ["NAT"]}', 'done', now());
insert into screen_rows (screen_id, place, label, genes, perturbation, rank, mean, q, n_cells,
                         significant, transcription_factor, druggable, content)
values ('00000000-0000-0000-0000-0000000000e2', 0, 'GATA3', '{ENSG00000107485}', 'knock_out', 1,
  0.01, 0.04, 20, true, true, false, '{"label": "GATA3"}');
