import { Box, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { toProblem } from "../api/problem";
import { plateByBarcode } from "../api/queries";

/** Jumps to the plate whose barcode was typed or scanned. */
export function FindPlate() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [barcode, setBarcode] = useState("");
  const [refusal, setRefusal] = useState<string | null>(null);

  const find = async (event: FormEvent) => {
    event.preventDefault();
    const wanted = barcode.trim();
    if (!wanted) return;
    try {
      const plate = await client.fetchQuery({ ...plateByBarcode(wanted), retry: false });
      setBarcode("");
      setRefusal(null);
      await navigate({
        to: "/c/$campaignId/rounds/$roundId",
        params: { campaignId: plate.campaign_id, roundId: plate.round_id },
        hash: plate.barcode,
      });
    } catch (error) {
      const problem = toProblem(error);
      setRefusal([problem.title, problem.detail].filter(Boolean).join(". "));
    }
  };

  return (
    <Box pos="relative" visibleFrom="md">
      {/* biome-ignore lint/a11y/useSemanticElements: older browsers do not know the search element */}
      <form role="search" onSubmit={find}>
        <TextInput
          aria-label="Find a plate by its barcode"
          placeholder="Plate barcode"
          value={barcode}
          onChange={(event) => {
            setBarcode(event.currentTarget.value);
            setRefusal(null);
          }}
          w={150}
        />
      </form>
      {refusal && (
        <Text className="card refusal" size="sm" role="alert">
          {refusal}
        </Text>
      )}
    </Box>
  );
}
