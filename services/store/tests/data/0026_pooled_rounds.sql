insert into guide_libraries (id, campaign_id, digest, file_name, content, n_bytes, report)
values ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-0000000000c1', 'g1',
        'library.csv', 'guide_id', 8, '{}');
insert into guides (campaign_id, guide_id, library_id, place, symbols, ensembl_ids, control,
                    protospacer, pam, strand, position, score)
values
  ('00000000-0000-0000-0000-0000000000c1', 'GATA3_1', '00000000-0000-0000-0000-0000000000a1', 0,
   '{GATA3}', '{ENSG00000107485}', null, 'ACGTACGTACGTACGTACGT', 'TGG', '+', 8073000, 0.7),
  ('00000000-0000-0000-0000-0000000000c1', 'NT_1', '00000000-0000-0000-0000-0000000000a1', 1,
   '{}', '{}', 'non_targeting', 'ACGTACGTACGTACGTACGA', null, null, null, null);
insert into pooled_rounds (round_id, campaign_id, settings, numbers, cost)
values ('00000000-0000-0000-0000-0000000000f1', '00000000-0000-0000-0000-0000000000c1', '{}', '{}',
        120.5);
insert into pooled_guides (round_id, place, campaign_id, guide_id)
values ('00000000-0000-0000-0000-0000000000f1', 0, '00000000-0000-0000-0000-0000000000c1', 'GATA3_1');
