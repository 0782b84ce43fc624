import { type KeyboardEvent, useRef } from "react";
import type { Plate, Well } from "../api/types";
import { moved, type Place, rowName, wellLabel, wellName, wellsByName } from "./plate-grid";
import { WellTile } from "./WellTile";

type Props = {
  plate: Plate;
  selected: Place;
  onSelect: (place: Place) => void;
  /** Times the width of its box; the box around it scrolls. */
  zoom?: number;
};

const HEAD = 26;

function tileSize(columns: number) {
  if (columns <= 12) return { width: 84, height: 50 };
  if (columns <= 24) return { width: 50, height: 32 };
  return { width: 24, height: 20 };
}

/** A plate with letters and numbers; arrow keys move over its wells. */
export function PlateMap({ plate, selected, onSelect, zoom = 1 }: Props) {
  const svg = useRef<SVGSVGElement>(null);
  const tile = tileSize(plate.columns);
  const wells = wellsByName(plate);
  const columns = Array.from({ length: plate.columns }, (_, column) => column);
  const rows = Array.from({ length: plate.rows }, (_, row) => row);

  const onKeyDown = (event: KeyboardEvent) => {
    const next = moved(selected, event.key, plate.rows, plate.columns, event.ctrlKey);
    if (!next) return;
    event.preventDefault();
    onSelect(next);
    const name = wellName(next.row, next.column);
    svg.current?.querySelector<SVGGElement>(`[data-well="${name}"]`)?.focus();
  };

  const cell = (row: number, column: number) => {
    const name = wellName(row, column);
    const well: Well | undefined = wells.get(name);
    const isSelected = selected.row === row && selected.column === column;
    return (
      <g
        key={name}
        role="gridcell"
        data-well={name}
        tabIndex={isSelected ? 0 : -1}
        aria-selected={isSelected}
        aria-label={wellLabel(name, well)}
        transform={`translate(${HEAD + column * tile.width} ${HEAD + row * tile.height})`}
        onClick={() => onSelect({ row, column })}
        onKeyDown={onKeyDown}
      >
        <WellTile well={well} width={tile.width} height={tile.height} />
      </g>
    );
  };

  // On plates too dense for a box in every well, a row has one to tick at its end.
  const width = HEAD + plate.columns * tile.width + (plate.columns > 24 ? 14 : 2);
  const height = HEAD + plate.rows * tile.height + 2;
  return (
    <svg
      ref={svg}
      role="grid"
      aria-label={`Plate ${plate.barcode}, ${plate.rows} rows, ${plate.columns} columns`}
      viewBox={`0 0 ${width} ${height}`}
      style={{
        width: `${zoom * 100}%`,
        minWidth: (plate.columns > 12 ? 900 : 640) * zoom,
        maxWidth: width * 1.15 * zoom,
        display: "block",
      }}
      fontFamily="inherit"
    >
      {columns.map((column) => (
        <text
          key={column}
          aria-hidden="true"
          x={HEAD + (column + 0.5) * tile.width}
          y={HEAD - 9}
          textAnchor="middle"
          fontSize="13"
          fontWeight="600"
          fill="currentColor"
        >
          {column + 1}
        </text>
      ))}
      {rows.map((row) => (
        <g key={row} role="row">
          <text
            aria-hidden="true"
            x={HEAD / 2 - 2}
            y={HEAD + (row + 0.5) * tile.height + 5}
            textAnchor="middle"
            fontSize="13"
            fontWeight="600"
            fill="currentColor"
          >
            {rowName(row)}
          </text>
          {plate.columns > 24 && (
            <rect
              className="tick"
              aria-hidden="true"
              x={width - 9}
              y={HEAD + row * tile.height + tile.height / 2 - 4}
              width="8"
              height="8"
            />
          )}
          {columns.map((column) => cell(row, column))}
        </g>
      ))}
    </svg>
  );
}
