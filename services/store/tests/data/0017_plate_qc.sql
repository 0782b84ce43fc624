insert into plate_qc (plate_id, upload_id, report) values
  ('00000000-0000-0000-0000-0000000000b1', '00000000-0000-0000-0000-000000000011', '{}');
