import { percent } from "../format/number";

export type ShareRow = {
  name: string;
  /** 0 to 1. */
  share: number;
  /** What the filled part is, with its numbers. */
  words: string;
  /** A share that is better low is drawn in the warning colour. */
  bad?: boolean;
};

/** Shares of different wholes, one bar below the other. */
export function ShareBars({ rows, label }: { rows: readonly ShareRow[]; label: string }) {
  return (
    <ul className="share-bars" aria-label={label}>
      {rows.map((row) => {
        const part = Math.min(1, Math.max(0, Number.isFinite(row.share) ? row.share : 0));
        return (
          <li key={row.name}>
            <div className="share-head">
              <span>{row.name}</span>
              <strong className="number">{percent(row.share)}</strong>
            </div>
            <div className="share-track" aria-hidden="true">
              <span data-bad={row.bad} style={{ width: `${part * 100}%` }} />
            </div>
            <div className="share-words">{row.words}</div>
          </li>
        );
      })}
    </ul>
  );
}
