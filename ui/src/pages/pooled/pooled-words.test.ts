import { expect, test } from "vitest";
import { call, numbers, pooledRound, report } from "../../test/pooled-fixtures";
import { controlWords, many, needs, scaleWords, tableWords } from "./pooled-words";

test("the needs of the usual round are said with where each number comes from", () => {
  const { settings } = pooledRound();
  const said = needs(settings, numbers({ cost: 430 })).map(
    ({ title, text }) => `${title}: ${text}`,
  );
  expect(said).toEqual([
    "860 guides: 200 genes × 4 + 60 non-targeting.",
    "1.66 million cells to infect: 860 guides × 500 cells / 26 % infected at MOI 0.3; of these 86 % carry one guide.",
    "430,000 cells to keep at every passage: 860 guides × 500 cells; sort 172,000 into each of 2 bins.",
    "774,000 reads: 258,000 of the plasmid pool, 258,000 of each of 2 samples.",
    "Costs 430: 860 oligos at 0.50, 1.66 million cells at 0 a million.",
  ]);
});

test("without prices the page says so instead of a price of nothing", () => {
  const settings = { ...pooledRound().settings, cost_per_guide: 0 };
  expect(needs(settings, numbers()).at(-1)?.text).toMatch(/No prices are given/);
  expect(many(999_999)).toBe("999,999");
});

test("a table says its method, its scale and what its controls are worth", () => {
  expect(tableWords(report())).toBe("MAGeCK MLE, 2 conditions: rest, stim");
  expect(tableWords(report({ method: "test", conditions: [] }))).toMatch(/both sides/);
  expect(scaleWords(report())).toMatch(/all 24 genes \(fewer than 8 control rows\)/);
  const scale = { median: 0, mad: 1, rows: 12, from_controls: true };
  expect(scaleWords(report({ scale }))).toMatch(/the 12 control rows/);
  expect(controlWords(report())).toMatch(/1 called a hit: a false positive/);
  expect(controlWords(report({ controls: [call({ hit: false })] }))).toBe(
    "1 control row, none called a hit.",
  );
  expect(controlWords(report({ controls: [] }))).toMatch(/no control row/);
});
