import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { renderApp } from "../../test/app";
import { CAMPAIGN, loopState, target } from "../../test/fixtures";
import { preview } from "../../test/plan-fixtures";

const all = [
  target(),
  target({ rank: 2, symbol: "KLF4", robust_z: -4.1, hit: true, round_number: 1 }),
];

const answers = {
  [`GET /api/campaigns/${CAMPAIGN}/targets`]: (request: Request) => {
    const search = new URL(request.url).searchParams.get("search") ?? "";
    const rows = all.filter((t) => t.symbol.includes(search));
    return { rows, total: rows.length };
  },
};

describe("the targets page", () => {
  it("draws each shift with its interval and marks hits", async () => {
    renderApp(`/c/${CAMPAIGN}/targets`, answers);
    expect(
      await screen.findByRole("img", {
        name: /^GATA3 knock-out shift \+0.0040, 95 % interval \+0.0020 to \+0.0060/,
      }),
    ).toBeInTheDocument();
    const row = screen.getByRole("button", { name: "KLF4" }).closest("tr");
    expect(within(row as HTMLElement).getByText(/hit/)).toBeInTheDocument();
    expect(within(row as HTMLElement).getByText("−4.1")).toBeInTheDocument();
  });

  it("keeps search, sort and the open gene in the URL", async () => {
    const { router } = renderApp(`/c/${CAMPAIGN}/targets`, answers);
    await userEvent.type(await screen.findByLabelText("Search"), "GATA3");
    await waitFor(() => expect(router.state.location.search).toEqual({ q: "GATA3" }));
    await waitFor(() =>
      expect(screen.queryByRole("button", { name: "KLF4" })).not.toBeInTheDocument(),
    );
    await userEvent.click(screen.getByRole("button", { name: "P(hit)" }));
    await userEvent.click(screen.getByRole("button", { name: "GATA3" }));
    await waitFor(() =>
      expect(router.state.location.search).toEqual({ q: "GATA3", sort: "-p_hit", gene: "GATA3" }),
    );
    expect(await screen.findByRole("dialog", { name: "GATA3" })).toHaveTextContent(
      "+0.0040 (towards the goal state, 95 % interval +0.0020 to +0.0060)",
    );
  });

  it("says so when nothing matches", async () => {
    renderApp(`/c/${CAMPAIGN}/targets?q=NOPE`, answers);
    expect(
      await screen.findByRole("heading", { name: "No gene matches “NOPE”" }),
    ).toBeInTheDocument();
  });

  it("says who agrees, and adds the chosen genes to a round", async () => {
    const rows = [
      target({
        knock_out_q: 0.003,
        knock_out_donors: 3,
        knock_out_donors_agreeing: 2,
        families: 2,
        families_agreeing: 2,
      }),
      target({ rank: 2, symbol: "KLF4", robust_z: -4.1, hit: true, round_number: 1 }),
    ];
    const { router } = renderApp(`/c/${CAMPAIGN}/targets`, {
      [`GET /api/campaigns/${CAMPAIGN}/targets`]: { rows, total: 2 },
      [`GET /api/campaigns/${CAMPAIGN}/loop`]: loopState(),
      [`POST /api/campaigns/${CAMPAIGN}/rounds/preview`]: preview(),
    });
    expect(await screen.findByText("2 / 3 donors")).toBeInTheDocument();
    expect(screen.getByText("2 / 2 families")).toBeInTheDocument();
    expect(screen.getByLabelText("Add KLF4 to a round")).toBeDisabled();
    await userEvent.click(screen.getByLabelText("Add GATA3 to a round"));
    await userEvent.click(screen.getByRole("link", { name: "Add 1 gene to a round" }));
    await waitFor(() => expect(router.state.location.search).toEqual({ add: "GATA3" }));
    expect(await screen.findByRole("textbox", { name: "Locked genes" })).toHaveValue("GATA3");
  });
});
