/** The geometry of a scatter plot: axes, places of points, and which point is under the pointer. */

export type Extent = { low: number; high: number };
export type Point = readonly [number, number];

/** Room around the points for tick numbers and axis names, in pixels. */
export const MARGIN = { left: 76, right: 12, top: 12, bottom: 46 };

/** The range of `values` with a little air; a single value gets a range around it. */
export function extentOf(values: Iterable<number>): Extent {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const v of values) {
    if (!Number.isFinite(v)) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  if (low > high) return { low: -1, high: 1 };
  const air = high > low ? (high - low) * 0.04 : Math.max(Math.abs(low) * 0.5, 0.5);
  return { low: low - air, high: high + air };
}

/** Round numbers inside the range, about `wanted` of them. */
export function ticksOf({ low, high }: Extent, wanted = 5): number[] {
  const rough = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999) ?? power * 10;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Multiples of a whole number of steps do not gather rounding errors.
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

export type Plane = { x: Extent; y: Extent; width: number; height: number };

/** The plane that shows all points. */
export function planeOf(points: readonly Point[], width: number, height: number): Plane {
  return {
    x: extentOf(points.map((p) => p[0])),
    y: extentOf(points.map((p) => p[1])),
    width,
    height,
  };
}

export const toX = (plane: Plane, x: number) =>
  MARGIN.left +
  ((x - plane.x.low) / (plane.x.high - plane.x.low)) * (plane.width - MARGIN.left - MARGIN.right);

export const toY = (plane: Plane, y: number) =>
  plane.height -
  MARGIN.bottom -
  ((y - plane.y.low) / (plane.y.high - plane.y.low)) * (plane.height - MARGIN.top - MARGIN.bottom);

/** An order of drawing that mixes the points, so that no group lies on top of the others. */
export function mixedOrder(n: number): number[] {
  // A step without a common divisor with n visits every point once.
  let step = Math.max(1, Math.round(n * 0.381966));
  while (n > 1 && divisor(step, n) !== 1) step += 1;
  return Array.from({ length: n }, (_, i) => (i * step) % n);
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** Finds the point nearest to a place, within a reach; made once for a picture. */
export type Finder = (x: number, y: number) => number | null;

/** A finder over places in pixels: only the squares around the pointer are searched. */
export function finderOf(places: readonly Point[], reach = 10): Finder {
  const squares = new Map<string, number[]>();
  const key = (x: number, y: number) => `${Math.floor(x / reach)}/${Math.floor(y / reach)}`;
  places.forEach(([x, y], i) => {
    const at = key(x, y);
    const square = squares.get(at);
    if (square) square.push(i);
    else squares.set(at, [i]);
  });
  return (x, y) => {
    let best: number | null = null;
    let nearest = reach * reach;
    for (const dx of [-reach, 0, reach]) {
      for (const dy of [-reach, 0, reach]) {
        for (const i of squares.get(key(x + dx, y + dy)) ?? []) {
          const place = places[i];
          if (!place) continue;
          const far = (place[0] - x) ** 2 + (place[1] - y) ** 2;
          if (far < nearest) {
            nearest = far;
            best = i;
          }
        }
      }
    }
    return best;
  };
}
