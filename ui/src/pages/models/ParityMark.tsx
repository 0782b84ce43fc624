import type { ModelParity } from "../../api/types";
import { Badge } from "../../components/Badge";
import { parityWords } from "./model-words";

/** The check's figure and whether it is within the tolerance: `6e-7 ✓ within 2e-5`. */
export function ParityMark({ parity }: { parity: ModelParity }) {
  const { good, figure, words } = parityWords(parity);
  return (
    <Badge tone={good ? "good" : "bad"} wrap>
      <span>
        <span className="number">
          {figure} {good ? "✓" : "✗"}
        </span>{" "}
        {words}
      </span>
    </Badge>
  );
}
