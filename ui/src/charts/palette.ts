/** Colours of groups and of numbers, for points on the light and on the dark page. */

export type Scheme = "light" | "dark";

/**
 * Six colours that stay apart with every kind of colour blindness and have a contrast of at least
 * 3 to 1 with the page; the test beside this file computes both.
 */
export const GROUP_COLOURS: Record<Scheme, readonly string[]> = {
  light: ["#003cd2", "#ff5a00", "#0fa596", "#960f69", "#c369ff", "#004b00"],
  dark: ["#0f78f0", "#f08700", "#0fc3a5", "#c33ca5", "#ffa5ff", "#e1f01e"],
};

/** Groups beyond those that have a mark of their own, and cells without a value. */
export const REST_COLOUR: Record<Scheme, string> = { light: "#868f98", dark: "#7d8790" };

/** When the colours are used up, the next six groups take the next shape. */
export const SHAPES = ["circle", "triangle", "square", "cross"] as const;
export type Shape = (typeof SHAPES)[number];

/** How many groups can be told apart. */
export const MARKS = GROUP_COLOURS.light.length * SHAPES.length;

export type Mark = { colour: string; shape: Shape };

/** The mark of the group with this number; `null` is the rest. */
export function groupMark(slot: number | null, scheme: Scheme): Mark {
  if (slot === null) return { colour: REST_COLOUR[scheme], shape: "circle" };
  const colours = GROUP_COLOURS[scheme];
  return {
    colour: colours[slot % colours.length] ?? REST_COLOUR[scheme],
    shape: SHAPES[Math.floor(slot / colours.length) % SHAPES.length] ?? "circle",
  };
}

/** Viridis at five places, from its dark to its bright end. */
const VIRIDIS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

/** The colour of a number at `share` of its range: what stands out from the page is high. */
export function rampColour(share: number, scheme: Scheme): string {
  const at = Math.min(1, Math.max(0, share));
  // Each page leaves out the end that would vanish on it.
  const place = (scheme === "light" ? 0.78 * (1 - at) : 0.16 + 0.84 * at) * (VIRIDIS.length - 1);
  const left = Math.min(VIRIDIS.length - 2, Math.floor(place));
  const part = place - left;
  const mixed = [0, 1, 2].map((i) => {
    const from = VIRIDIS[left]?.[i] ?? 0;
    const to = VIRIDIS[left + 1]?.[i] ?? 0;
    return Math.round(from + (to - from) * part);
  });
  return `rgb(${mixed.join(", ")})`;
}
