insert into audit_events (id, at, actor, action, subject, campaign_id, details, prev_hash, hash)
values (0, now(), 'ada', 'round.approve', 'round 1', '00000000-0000-0000-0000-0000000000c1', '{}',
        '\x', '\x');
