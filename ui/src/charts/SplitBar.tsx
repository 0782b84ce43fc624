type Props = { share: number; width?: number; label: string };

/** Two parts of one as a small bar: the first plain, the second hatched. */
export function SplitBar({ share, width = 54, label }: Props) {
  const part = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0));
  return (
    <span className="bar split" style={{ width }} role="img" aria-label={label} title={label}>
      <span style={{ width: `${part * 100}%` }} />
    </span>
  );
}
