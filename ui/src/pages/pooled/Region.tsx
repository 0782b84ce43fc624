import type { ReactNode } from "react";

type Props = { label: string; children: ReactNode };

/** A tall table that scrolls by itself, also by keyboard. */
export function Region({ label, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="scroll tall" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
