import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { plate } from "../test/fixtures";
import { PlateMap } from "./PlateMap";

function Harness() {
  const [selected, select] = useState({ row: 0, column: 0 });
  return <PlateMap plate={plate()} selected={selected} onSelect={select} />;
}

describe("PlateMap", () => {
  it("has a labelled cell for every well, empty ones too", () => {
    render(<Harness />);
    expect(screen.getAllByRole("gridcell")).toHaveLength(96);
    expect(
      screen.getByRole("gridcell", { name: "B07, KLF4 knock-out, planned" }),
    ).toBeInTheDocument();
  });

  it("moves focus with the arrow keys and keeps one well in the tab order", async () => {
    render(<Harness />);
    await userEvent.tab();
    expect(document.activeElement).toHaveAccessibleName(/^A01/);
    await userEvent.keyboard("{ArrowDown}{ArrowRight}{ArrowRight}");
    expect(document.activeElement).toHaveAccessibleName(/^B03/);
    expect(
      screen.getAllByRole("gridcell").filter((g) => g.getAttribute("tabindex") === "0"),
    ).toHaveLength(1);
  });

  it("selects the well that was clicked", async () => {
    render(<Harness />);
    await userEvent.click(screen.getByRole("gridcell", { name: /^B07/ }));
    expect(screen.getByRole("gridcell", { name: /^B07/ })).toHaveAttribute("aria-selected", "true");
  });
});
