insert into plate_designs (campaign_id, donors, replicates) values
  ('00000000-0000-0000-0000-0000000000c1', '{D1,D2}', 2);
insert into library_uploads (id, campaign_id, digest, file_name, n_wells) values
  ('00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-0000000000c1', 'l1',
   'library.csv', 1);
insert into library_plates (campaign_id, barcode, format, dead_volume_ul) values
  ('00000000-0000-0000-0000-0000000000c1', 'SRC01', 96, 20);
insert into library_wells (campaign_id, plate_barcode, well, guide_id, symbol, ensembl_id, sequence,
                           volume_ul, lot, upload_id)
values
  ('00000000-0000-0000-0000-0000000000c1', 'SRC01', 'A01', 'GATA3_g1', 'GATA3', 'ENSG00000107485',
   '', 40, 'L1', '00000000-0000-0000-0000-0000000000d1');
insert into reservations (plate_id, well, campaign_id, source_plate, source_well, volume_nl) values
  ('00000000-0000-0000-0000-0000000000b1', 'A01', '00000000-0000-0000-0000-0000000000c1', 'SRC01',
   'A01', 2500);
