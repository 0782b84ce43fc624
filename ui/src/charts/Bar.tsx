type Props = { share: number; width?: number; label: string };

/** A share of one as a small bar; the number is said in `label`. */
export function Bar({ share, width = 72, label }: Props) {
  const part = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0));
  return (
    <span className="bar" style={{ width }} role="img" aria-label={label}>
      <span style={{ width: `${part * 100}%` }} />
    </span>
  );
}
