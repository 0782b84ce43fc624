-- Controls share plates with the candidates but are never ranked.
create table controls (
  campaign_id uuid not null,
  name text not null,
  kind text not null,
  constraint controls_pkey primary key (campaign_id, name),
  constraint controls_campaign_known foreign key (campaign_id)
    references campaigns (id) on delete restrict,
  constraint controls_kind_known check (kind in ('non_targeting', 'positive'))
);
