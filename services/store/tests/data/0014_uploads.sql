insert into uploads (id, campaign_id, digest, file_name, content, n_bytes, report, state,
                     accepted_at)
values ('00000000-0000-0000-0000-000000000011', '00000000-0000-0000-0000-0000000000c1', 'u1',
        'plate.csv', 'well,value', 10, '{}', 'accepted', now());
