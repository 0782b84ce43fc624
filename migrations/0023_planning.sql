-- How a campaign plans its rounds, and what each round was asked to be and cost.
-- Defaults are what was fixed in the code before, so campaigns of older versions plan as they did.
alter table campaigns
  -- same unit of money as budget_amount; on top of the wells
  add column cost_per_plate float8 not null default 0,
  -- candidate wells of all rounds; null: no limit
  add column max_wells integer,
  -- how candidates are scored: the planner owns these words
  add column acquisition text not null default 'upper_confidence_bound',
  add column kappa float8 not null default 1,
  add column random_share float8 not null default 0.05,
  add column replicate_share float8 not null default 0,
  -- null: no limit
  add column family_max integer,
  add constraint campaigns_cost_per_plate_not_negative
    check (cost_per_plate >= 0 and cost_per_plate < 'infinity'),
  add constraint campaigns_max_wells_positive check (max_wells > 0),
  add constraint campaigns_kappa_not_negative check (kappa >= 0 and kappa < 'infinity'),
  add constraint campaigns_random_share_is_share check (random_share between 0 and 1),
  add constraint campaigns_replicate_share_is_share check (replicate_share between 0 and 1),
  add constraint campaigns_family_max_positive check (family_max > 0);

alter table rounds
  -- the limits it was planned under, as they were asked for
  add column request jsonb not null default '{}',
  -- by the prices of the day it was planned: later prices do not change what was spent
  add column cost_amount float8;
update rounds r set cost_amount = c.cost_per_well * (
    select count(*) from picks p where p.round_id = r.id)
  from campaigns c where c.id = r.campaign_id;
alter table rounds
  alter column cost_amount set not null,
  add constraint rounds_cost_not_negative check (cost_amount >= 0 and cost_amount < 'infinity');

-- A measured gene may be measured again in a later round: as a replicate, or because a person
-- asks for it. Otherwise a gene is never picked twice, whoever plans at the same time.
alter table picks
  drop constraint picks_gene_once,
  add constraint picks_gene_once_a_round unique (round_id, symbol);
create unique index picks_gene_once on picks (campaign_id, symbol)
  where kind not in ('forced', 'replicate');
create index picks_of_gene on picks (campaign_id, symbol);
