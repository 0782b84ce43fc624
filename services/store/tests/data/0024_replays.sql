insert into replays (id, name, content, spec, spec_digest, code_version, report, finished_at)
values ('00000000-0000-0000-0000-0000000000f1', 'screen.csv', 'gene,score', '{"rounds": 5}',
  'replay1', '0.1.0', '{"screen": "screen.csv"}', now());
