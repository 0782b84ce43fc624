import type { ReactNode } from "react";
import type { PooledNumbers, PooledSettings } from "../../api/types";
import { needs } from "./pooled-words";

type Props = { settings: PooledSettings; numbers: PooledNumbers; children?: ReactNode };

/** Guides, cells, reads and money, each with where it comes from. */
export function NeedsList({ settings, numbers, children }: Props) {
  return (
    <dl className="facts needs">
      {needs(settings, numbers).map(({ title, text }) => (
        <div key={title} style={{ display: "contents" }}>
          <dt>{title}</dt>
          <dd>{text}</dd>
        </div>
      ))}
      {children}
    </dl>
  );
}
