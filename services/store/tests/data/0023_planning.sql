update campaigns set cost_per_plate = 310, max_wells = 200, family_max = 3
where id = '00000000-0000-0000-0000-0000000000c1';
update rounds set request = '{"plates": 1}' where id = '00000000-0000-0000-0000-0000000000f1';
