insert into datasets (id, digest, source_digest, name, report) values
  ('00000000-0000-0000-0000-0000000000d1', 'd1', 's1', 'cells', '{"n_cells": 200}');
