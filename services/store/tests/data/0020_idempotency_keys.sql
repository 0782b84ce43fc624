insert into idempotency_keys (key, digest, response) values ('k1', 'u1', '{"id": 1}');
