import { Checkbox, NativeSelect } from "@mantine/core";

/** Filters that rankings of genes share. */
export type GeneFilter = {
  factors?: boolean;
  druggable?: boolean;
  direction?: "helps" | "harms";
};

type Props = { filter: GeneFilter; hasGoal: boolean; onChange: (change: GeneFilter) => void };

/** Transcription factors, druggable families, and which way. */
export function GeneFilters({ filter, hasGoal, onChange }: Props) {
  return (
    <>
      {hasGoal && (
        <NativeSelect
          label="Direction"
          value={filter.direction ?? ""}
          data={[
            { value: "", label: "either" },
            { value: "helps", label: "helps: towards the goal" },
            { value: "harms", label: "harms: away from it" },
          ]}
          onChange={(event) => {
            const word = event.currentTarget.value;
            onChange({ direction: word === "helps" || word === "harms" ? word : undefined });
          }}
        />
      )}
      <Checkbox
        label="Transcription factors"
        checked={filter.factors === true}
        onChange={(event) => onChange({ factors: event.currentTarget.checked || undefined })}
        mb={8}
      />
      <Checkbox
        label="Druggable families"
        checked={filter.druggable === true}
        onChange={(event) => onChange({ druggable: event.currentTarget.checked || undefined })}
        mb={8}
      />
    </>
  );
}
