import { useElementSize } from "@mantine/hooks";
import { type ReactNode, useEffect, useRef } from "react";

type Props = {
  /** Draws at a width in pixels; keep the same function while nothing changes. */
  draw: (width: number) => HTMLElement | SVGElement;
  /** The figure in words, for those who do not see it. */
  label: string;
  /** Width while the place is not measured yet. */
  width?: number;
  legend?: ReactNode;
};

/** A place for a drawn figure, as wide as it may be. */
export function PlotHost({ draw, label, width = 640, legend }: Props) {
  const { ref, width: measured } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const wide = measured > 0 ? Math.round(measured) : width;
  useEffect(() => {
    const figure = draw(wide);
    figure.setAttribute("aria-hidden", "true");
    figure.style.maxWidth = "100%";
    host.current?.replaceChildren(figure);
    return () => figure.remove();
  }, [draw, wide]);
  return (
    <div ref={ref}>
      <div ref={host} role="img" aria-label={label} />
      {legend && (
        <div className="legend" style={{ marginTop: 6 }}>
          {legend}
        </div>
      )}
    </div>
  );
}
