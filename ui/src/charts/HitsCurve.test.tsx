import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { loopState, roundSummary } from "../test/fixtures";
import { HitsCurve } from "./HitsCurve";
import { curvePoints } from "./hits-curve";

describe("HitsCurve", () => {
  it("draws one point per measured round and names what it shows", () => {
    const points = curvePoints([roundSummary()]);
    const { container } = render(<HitsCurve points={points} band={loopState().random_band} />);
    expect(screen.getByRole("img", { name: /^7 hits found with 24 wells/ })).toBeInTheDocument();
    expect(container.querySelectorAll("svg[aria-hidden] circle")).toHaveLength(1);
    expect(screen.getByText("random choice, 5–95 %")).toBeInTheDocument();
  });

  it("has no legend of a band that is not known", () => {
    render(<HitsCurve points={curvePoints([])} band={[]} />);
    expect(screen.queryByText(/random choice/)).not.toBeInTheDocument();
  });
});
