import { describe, expect, it } from "vitest";
import { GROUP_COLOURS, groupMark, MARKS, rampColour, type Scheme } from "./palette";

type Triple = [number, number, number];

const PAGE: Record<Scheme, Triple> = { light: [255, 255, 255], dark: [27, 30, 33] };

/** Machado, Oliveira and Fernandes 2009, severity 1; applied to linear RGB. */
const SIGHTS: Record<string, Triple[]> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const TO_LMS: Triple[] = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const TO_LAB: Triple[] = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];

const times = (m: Triple[], [a, b, c]: Triple): Triple =>
  m.map(([x, y, z]) => x * a + y * b + z * c) as Triple;
const linear = (rgb: Triple): Triple =>
  rgb.map((v) => {
    const c = v / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as Triple;
const hex = (text: string): Triple =>
  [1, 3, 5].map((i) => Number.parseInt(text.slice(i, i + 2), 16)) as Triple;
const luminance = (rgb: Triple) => times([[0.2126, 0.7152, 0.0722]], linear(rgb))[0];
const contrast = (a: Triple, b: Triple) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
};
const oklab = (rgb: Triple): Triple =>
  times(TO_LAB, times(TO_LMS, rgb).map((v) => Math.cbrt(Math.max(0, v))) as Triple);
const distance = (a: Triple, b: Triple) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

describe.each(["light", "dark"] as const)("group colours on the %s page", (scheme) => {
  const colours = GROUP_COLOURS[scheme].map(hex);

  it.each(Object.entries(SIGHTS))("stay apart with %s", (_, sight) => {
    const seen = colours.map((rgb) =>
      oklab(times(sight, linear(rgb)).map((v) => Math.min(1, Math.max(0, v))) as Triple),
    );
    seen.forEach((a, i) => {
      for (const b of seen.slice(0, i)) expect(distance(a, b)).toBeGreaterThan(0.12);
    });
  });

  it("have a contrast of 3 to 1 with the page", () => {
    for (const rgb of colours) expect(contrast(rgb, PAGE[scheme])).toBeGreaterThanOrEqual(3);
  });

  it("give no two groups the same mark", () => {
    const marks = Array.from({ length: MARKS }, (_, slot) => {
      const { colour, shape } = groupMark(slot, scheme);
      return `${colour} ${shape}`;
    });
    expect(new Set(marks).size).toBe(MARKS);
  });

  it("make a number stand out the more the higher it is", () => {
    const steps = Array.from({ length: 21 }, (_, i) =>
      (rampColour(i / 20, scheme).match(/\d+/g) ?? []).map(Number),
    ).map((rgb) => contrast(rgb as Triple, PAGE[scheme]));
    steps.slice(1).forEach((step, i) => {
      expect(step).toBeGreaterThan(steps[i] ?? 0);
    });
    expect(rampColour(-1, scheme)).toBe(rampColour(0, scheme));
  });
});
