import { fireEvent, render, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { groupMark } from "./palette";
import { ScatterPlot } from "./ScatterPlot";
import { planeOf, toX, toY } from "./scatter";

const context = {
  setTransform: vi.fn(),
  clearRect: vi.fn(),
  fill: vi.fn(),
  globalAlpha: 1,
  fillStyle: "",
};
const points = Array.from({ length: 5000 }, (_, i) => [i % 100, Math.floor(i / 100)] as const);

const plot = (faded?: (i: number) => boolean) => (
  <ScatterPlot
    points={points}
    mark={(i) => groupMark(i % 3, "light")}
    faded={faded}
    describe={(i) => ({ title: `cell ${i}`, text: "source: NAT" })}
    xLabel="PC 1"
    yLabel="PC 2"
    label="5,000 cells"
    width={800}
  />
);

beforeEach(() => {
  vi.stubGlobal("Path2D", class {});
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(context as never);
  context.fill.mockReset();
});

describe("a scatter plot on canvas", () => {
  it("draws every point once, and none again while the pointer moves", () => {
    const view = render(plot());
    expect(context.fill).toHaveBeenCalledTimes(5000);
    fireEvent.pointerMove(screen.getByRole("img", { name: "5,000 cells" }), {
      clientX: 100,
      clientY: 100,
    });
    expect(context.fill).toHaveBeenCalledTimes(5000);
    view.unmount();
  });

  it("says the cell under the pointer and its value", () => {
    render(plot());
    const plane = planeOf(points, 800, 460);
    const [x, y] = points[1234] ?? [0, 0];
    const canvas = screen.getByRole("img", { name: "5,000 cells" });
    fireEvent.pointerMove(canvas, { clientX: toX(plane, x) + 1, clientY: toY(plane, y) });
    expect(screen.getByText("cell 1234")).toBeInTheDocument();
    expect(screen.getByText("source: NAT")).toBeInTheDocument();
    fireEvent.pointerMove(canvas, { clientX: 5, clientY: 455 });
    expect(screen.queryByText("cell 1234")).not.toBeInTheDocument();
  });

  it("draws faded points first and pale", () => {
    const pale: boolean[] = [];
    context.fill.mockImplementation(() => pale.push(context.globalAlpha < 0.5));
    render(plot((i) => i % 2 === 0));
    expect(pale.filter(Boolean)).toHaveLength(2500);
    expect(pale.lastIndexOf(true)).toBeLessThan(pale.indexOf(false));
  });
});
