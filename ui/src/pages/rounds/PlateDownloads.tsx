import { Button, Menu, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { plateMapCsv, worklist } from "../../api/links";
import { saveFile } from "../../api/save-file";
import type { Plate, WorklistFormat } from "../../api/types";
import { DownloadLink } from "../../components/DownloadLink";
import { LinkButton } from "../../components/LinkButton";

const FORMATS: readonly [WorklistFormat, string][] = [
  ["echo", "Echo pick list, CSV"],
  ["tecan", "Tecan worklist, .gwl"],
  ["hamilton", "Hamilton, CSV"],
  ["biomek", "Biomek, CSV"],
  ["epmotion", "epMotion, CSV"],
  ["mosquito", "mosquito, CSV"],
  ["generic", "Plain transfer table, CSV"],
];

type Props = { plate: Plate; onProblem: (error: unknown) => void };

/** The files of a plate: its map, and a worklist for each robot. */
export function PlateDownloads({ plate, onProblem }: Props) {
  const save = useMutation({
    mutationFn: (format: WorklistFormat) => saveFile(worklist(plate.id, format)),
    onMutate: () => onProblem(undefined),
    onError: onProblem,
  });
  return (
    <>
      <DownloadLink href={plateMapCsv(plate.id)}>Plate map, CSV</DownloadLink>
      {plate.reagents.length > 0 ? (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button variant="default" size="sm" loading={save.isPending}>
              ↓ Worklist ▾
            </Button>
          </Menu.Target>
          <Menu.Dropdown aria-label="Worklists">
            {FORMATS.map(([format, words]) => (
              <Menu.Item key={format} onClick={() => save.mutate(format)}>
                {words}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      ) : (
        <NoLibrary campaignId={plate.campaign_id} />
      )}
    </>
  );
}

function NoLibrary({ campaignId }: { campaignId: string }) {
  return (
    <>
      <LinkButton to="/c/$campaignId/library" params={{ campaignId }} variant="default" size="sm">
        Add a guide library
      </LinkButton>
      <Text size="xs" c="dimmed" maw={180}>
        Worklists for robots need one: it says which source well holds which guide.
      </Text>
    </>
  );
}
