/** Numbers as people read them: true minus sign, thin groups, a dash for "not known". */

export const NOTHING = "–";

type Maybe = number | null | undefined;

const known = (x: Maybe): x is number => typeof x === "number" && Number.isFinite(x);

const minus = (text: string) => text.replace("-", "−");

/** A count: `1,234`. */
export function count(x: Maybe): string {
  return known(x) ? minus(Math.round(x).toLocaleString("en-GB")) : NOTHING;
}

/** A fixed number of decimals; never `−0.00`. */
export function fixed(x: Maybe, digits = 2): string {
  if (!known(x)) return NOTHING;
  const text = x.toLocaleString("en-GB", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return /[1-9]/.test(text) ? minus(text) : text.replace("-", "");
}

/** As [`fixed`], with a plus sign on positive numbers. */
export function signed(x: Maybe, digits = 2): string {
  if (!known(x)) return NOTHING;
  const text = fixed(x, digits);
  return x > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** A share of one as per cent: `12 %`, `0.4 %`, `< 0.1 %`. */
export function percent(x: Maybe): string {
  if (!known(x)) return NOTHING;
  const p = x * 100;
  if (p > 0 && p < 0.1) return "< 0.1 %";
  return `${fixed(p, p !== 0 && Math.abs(p) < 10 && p < 99.95 ? 1 : 0)} %`;
}

/** `mean ± sd`. */
export function plusMinus(mean: Maybe, sd: Maybe, digits = 2): string {
  if (!known(mean)) return NOTHING;
  return known(sd) ? `${fixed(mean, digits)} ± ${fixed(sd, digits)}` : fixed(mean, digits);
}

/** A number of things: `1 hit`, `12 hits`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A size in bytes: `12.3 kB`. */
export function bytes(n: Maybe): string {
  if (!known(n)) return NOTHING;
  if (n < 1000) return `${count(n)} B`;
  const step = n < 1e6 ? 1e3 : n < 1e9 ? 1e6 : 1e9;
  const unit = step === 1e3 ? "kB" : step === 1e6 ? "MB" : "GB";
  return `${fixed(n / step, 1)} ${unit}`;
}

/** A measured value: whole numbers as they are, others with three decimals. */
export function value(x: Maybe): string {
  return known(x) && Number.isInteger(x) ? count(x) : fixed(x, 3);
}

const LARGE = [
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "k"],
] as const;

/** A large number in three digits: `10.3 M`, `104 M`, `812`. */
export function compact(x: Maybe): string {
  if (!known(x)) return NOTHING;
  // The step is chosen after rounding, so that 999,999 is not `1,000 k`.
  const rounded = Number(x.toPrecision(3));
  const [step, unit] = LARGE.find(([size]) => Math.abs(rounded) >= size) ?? [1, ""];
  const value = rounded / step;
  if (!unit) return count(value);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${fixed(value, digits)} ${unit}`;
}

/** A very small number, as people who compare floats write it: `6.2e-7`; `0` is exact. */
export function tiny(x: Maybe): string {
  if (!known(x)) return NOTHING;
  return x === 0 ? "0" : x.toExponential(1).replace(".0e", "e");
}

/** A p or q value: `0.48`, `0.003`, and below that `6.2e-7`. */
export function probability(x: Maybe): string {
  if (!known(x)) return NOTHING;
  return x < 0.001 ? tiny(x) : fixed(x, x < 0.1 ? 3 : 2);
}

/** The first characters of a digest. */
export const shortDigest = (digest: string) => digest.slice(0, 10);

/** An amount of money: cents only where there are some. */
export const money = (x: Maybe) => fixed(x, known(x) && Number.isInteger(x) ? 0 : 2);
