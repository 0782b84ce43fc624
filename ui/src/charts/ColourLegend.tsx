import { count, fixed } from "../format/number";
import { shapePath } from "./marks";
import { groupMark, rampColour, type Scheme } from "./palette";

export type LegendGroup = { label: string; cells: number; slot: number | null };

type GroupsProps = {
  name: string;
  groups: readonly LegendGroup[];
  scheme: Scheme;
  /** The group that stands out; none when absent. */
  chosen?: string;
  onChoose: (label: string | undefined) => void;
};

/** Groups with their marks and sizes; pressing one fades the others. */
export function GroupLegend({ name, groups, scheme, chosen, onChoose }: GroupsProps) {
  return (
    <ul className="mark-legend" aria-label={`${name}: groups`}>
      {groups.map((group) => {
        const { colour, shape } = groupMark(group.slot, scheme);
        const pressed = chosen === group.label;
        return (
          <li key={group.label}>
            <button
              type="button"
              aria-pressed={pressed}
              data-faded={chosen !== undefined && !pressed}
              onClick={() => onChoose(pressed ? undefined : group.label)}
            >
              <svg width="15" height="15" viewBox="-7.5 -7.5 15 15" aria-hidden="true">
                <path d={shapePath(shape, 5)} fill={colour} />
              </svg>
              <span>{group.label}</span>
              <span className="number mark-count">{count(group.cells)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

type RampProps = { name: string; low: number; high: number; scheme: Scheme; without: number };

/** The colours of a number from its lowest to its highest value. */
export function RampLegend({ name, low, high, scheme, without }: RampProps) {
  const stops = [0, 0.25, 0.5, 0.75, 1].map((at) => rampColour(at, scheme));
  const digits = high - low >= 50 ? 0 : high - low >= 5 ? 1 : 3;
  const rest = groupMark(null, scheme);
  return (
    <div style={{ fontSize: 13 }}>
      <div style={{ fontWeight: 600, marginBottom: 4 }}>{name}</div>
      <div
        style={{
          height: 12,
          borderRadius: 4,
          maxWidth: 260,
          background: `linear-gradient(to right, ${stops.join(", ")})`,
        }}
      />
      <div
        className="number"
        style={{ display: "flex", justifyContent: "space-between", maxWidth: 260 }}
      >
        <span>{fixed(low, digits)}</span>
        <span>{fixed((low + high) / 2, digits)}</span>
        <span>{fixed(high, digits)}</span>
      </div>
      {without > 0 && (
        <div style={{ marginTop: 6 }}>
          <svg width="15" height="15" viewBox="-7.5 -7.5 15 15" aria-hidden="true">
            <path d={shapePath("circle", 5)} fill={rest.colour} />
          </svg>{" "}
          no value: {count(without)}
        </div>
      )}
    </div>
  );
}
