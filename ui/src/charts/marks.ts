import type { Shape } from "./palette";

/** Outlines of the shapes as SVG paths around 0, 0, for points of radius `r`. */
export function shapePath(shape: Shape, r: number): string {
  switch (shape) {
    case "circle":
      return `M${r} 0A${r} ${r} 0 1 1 ${-r} 0A${r} ${r} 0 1 1 ${r} 0Z`;
    case "square": {
      const h = r * 0.9;
      return `M${-h} ${-h}H${h}V${h}H${-h}Z`;
    }
    case "triangle": {
      const h = r * 1.25;
      return `M0 ${-h}L${h} ${h * 0.8}L${-h} ${h * 0.8}Z`;
    }
    case "cross": {
      const [a, b] = [r * 1.2, r * 0.42];
      return `M${-b} ${-a}H${b}V${-b}H${a}V${b}H${b}V${a}H${-b}V${b}H${-a}V${-b}H${-b}Z`;
    }
  }
}
