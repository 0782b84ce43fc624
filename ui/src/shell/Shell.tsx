import { AppShell, Burger, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { CampaignPicker } from "./CampaignPicker";
import { ColorSchemeSwitch } from "./ColorSchemeSwitch";
import { ConnectionBadge } from "./ConnectionBadge";
import { FindPlate } from "./FindPlate";
import { Nav } from "./Nav";
import { VersionLine } from "./VersionLine";

/** The frame of every page; with a campaign it has the navigation too. */
export function Shell({ campaignId, children }: { campaignId?: string; children: ReactNode }) {
  const [opened, { toggle, close }] = useDisclosure(false);
  return (
    <AppShell
      header={{ height: 58 }}
      navbar={
        campaignId ? { width: 216, breakpoint: "sm", collapsed: { mobile: !opened } } : undefined
      }
      padding="lg"
    >
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="md" wrap="nowrap">
            {campaignId && (
              <Burger
                opened={opened}
                onClick={toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label="Navigation"
              />
            )}
            <Link
              to="/"
              style={{ textDecoration: "none", color: "inherit" }}
              aria-label="nextwell, start page"
            >
              <Group gap={9} wrap="nowrap">
                <img src="/favicon.svg" width="26" height="26" alt="" />
                <Text fw={700} size="lg" visibleFrom="xs">
                  nextwell
                </Text>
              </Group>
            </Link>
            {campaignId && <CampaignPicker campaignId={campaignId} />}
          </Group>
          <Group gap="md" wrap="nowrap">
            {campaignId && <FindPlate />}
            <ConnectionBadge />
            <ColorSchemeSwitch />
          </Group>
        </Group>
      </AppShell.Header>
      {campaignId && (
        <AppShell.Navbar p="sm" aria-label="Pages">
          <Nav campaignId={campaignId} onGo={close} />
          <VersionLine />
        </AppShell.Navbar>
      )}
      <AppShell.Main id="main" tabIndex={-1}>
        <div style={{ maxWidth: 1240, margin: "0 auto" }}>{children}</div>
      </AppShell.Main>
    </AppShell>
  );
}

/** The frame around the pages of the campaign in the URL. */
export function CampaignShell() {
  const { campaignId } = useParams({ from: "/c/$campaignId" });
  return (
    <Shell campaignId={campaignId}>
      <Outlet />
    </Shell>
  );
}

/** The frame around pages that belong to no campaign. */
export function OutsideShell() {
  return (
    <Shell>
      <Outlet />
    </Shell>
  );
}
