insert into plates (id, round_id, barcode, format, seed) values
  ('00000000-0000-0000-0000-0000000000b1', '00000000-0000-0000-0000-0000000000f1', 'NW000101', 96,
   7);
insert into wells (plate_id, well, content, symbol, ensembl_id, replicate) values
  ('00000000-0000-0000-0000-0000000000b1', 'A01', 'candidate', 'GATA3', 'ENSG00000107485', 1),
  ('00000000-0000-0000-0000-0000000000b1', 'H12', 'empty', null, null, 1);
