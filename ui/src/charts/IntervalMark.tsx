import { NOTHING, signed } from "../format/number";
import { type Interval, place } from "./interval";

type Props = { interval: Interval; reach: number; what: string };

const WIDTH = 120;
const PAD = 5;

/** A shift with its 95 % whisker, on an axis shared by the column, with a line at zero. */
export function IntervalMark({ interval, reach, what }: Props) {
  const { mean, low, high } = interval;
  if (typeof mean !== "number") return <span>{NOTHING}</span>;
  const x = (value: number) => PAD + place(value, reach, WIDTH - 2 * PAD);
  const whisker = typeof low === "number" && typeof high === "number";
  const label = `${what} ${signed(mean, 4)}${whisker ? `, 95 % interval ${signed(low, 4)} to ${signed(high, 4)}` : ""}`;
  return (
    <svg width={WIDTH} height="20" role="img" aria-label={label}>
      <line x1={x(0)} x2={x(0)} y1="0" y2="20" stroke="var(--well-edge)" strokeDasharray="2 2" />
      {whisker && (
        <line x1={x(low)} x2={x(high)} y1="10" y2="10" stroke="var(--chart-line)" strokeWidth="2" />
      )}
      <circle cx={x(mean)} cy="10" r="4" fill="var(--chart-line)" />
    </svg>
  );
}
