import { Alert, Button, FileButton, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { guides, uploadGuides } from "../../api/pooled";
import type { CloningEnzyme, GuidesOverview, LibraryStored } from "../../api/types";
import { IssueList } from "../../components/IssueList";
import { ProblemAlert } from "../../components/Problem";
import { Loaded } from "../../components/states";
import { count, plural } from "../../format/number";
import { dateTime } from "../../format/time";
import { RefusedGuides } from "./RefusedGuides";

type Props = { campaignId: string; enzyme: CloningEnzyme };

/** The lab's guides: upload a library, see what is there and what cannot be ordered. */
export function GuidesCard({ campaignId, enzyme }: Props) {
  const client = useQueryClient();
  const query = useQuery(guides(campaignId, enzyme));
  const forget = useRef<() => void>(null);
  const upload = useMutation({
    mutationFn: (file: File) => uploadGuides(campaignId, enzyme, file),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["guides", campaignId] }),
        client.invalidateQueries({ queryKey: ["pooled-estimate", campaignId] }),
      ]),
  });
  return (
    <section className="card" aria-labelledby="guides-title">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4" id="guides-title">
          Guide library
        </Title>
        <FileButton
          onChange={(file) => {
            // Without this the browser would not report the same file a second time.
            forget.current?.();
            if (file) upload.mutate(file);
          }}
          resetRef={forget}
          accept=".csv,.tsv,.txt,text/csv,text/plain"
          inputProps={{ "aria-label": "Guide library file" }}
        >
          {(props) => (
            <Button {...props} variant="default" loading={upload.isPending}>
              Upload a guide library
            </Button>
          )}
        </FileButton>
      </Group>
      <Stack gap="sm">
        <Text size="sm">
          CSV or TSV with guide_id, symbol or ensembl_id, protospacer; optional pam, strand,
          position, score. The best guides of each gene are taken by score, then by the order of the
          file.
        </Text>
        <div aria-live="polite">
          {upload.isError && <ProblemAlert error={upload.error} />}
          {upload.data && <Stored stored={upload.data} />}
        </div>
        <Loaded query={query} what="the guides">
          {(data) => <Guides guides={data} />}
        </Loaded>
      </Stack>
    </section>
  );
}

function Stored({ stored }: { stored: LibraryStored }) {
  const { library, duplicate, added, warnings } = stored;
  const title = duplicate
    ? `${library.file_name} is here already, since ${dateTime(library.created_at)}`
    : `${plural(added, "guide")} added from ${library.file_name}`;
  return (
    <Alert color={duplicate ? "blue" : "teal"} variant="outline" title={title} role="status">
      {duplicate && (
        <Text size="sm">These very bytes were uploaded before. Nothing was changed.</Text>
      )}
      {warnings.length > 0 && (
        <IssueList issues={warnings} caption="Worth a look in this library" />
      )}
    </Alert>
  );
}

function Guides({ guides: g }: { guides: GuidesOverview }) {
  if (g.guides === 0) {
    return (
      <Text fw={600}>
        No guide yet. A pooled round needs a library: nextwell designs no guides.
      </Text>
    );
  }
  const files = g.libraries.map((library) => library.file_name).join(", ");
  return (
    <>
      <Text>
        {count(g.guides)} guides in {plural(g.libraries.length, "file")} ({files}); usable ones for{" "}
        {plural(g.candidates_covered, "candidate")}, {count(g.non_targeting)} non-targeting,{" "}
        {count(g.safe_targeting)} safe-targeting.
      </Text>
      <RefusedGuides refused={g.refused} />
    </>
  );
}
