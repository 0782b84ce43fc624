import { Alert, Code, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { uploadLibrary } from "../../api/actions";
import { library } from "../../api/queries";
import type { Library, LibraryUpload } from "../../api/types";
import { Pages } from "../../components/Pages";
import { ProblemAlert } from "../../components/Problem";
import { Empty, Loaded } from "../../components/states";
import { count, plural } from "../../format/number";
import { dateTime } from "../../format/time";
import { DropFile } from "../upload/DropFile";
import { LibraryTable } from "./LibraryTable";
import { type LibrarySearch, PAGE_SIZE, toQuery } from "./library-search";

const COLUMNS =
  "plate_barcode,well,guide_id,symbol,ensembl_id,sequence,volume_ul,concentration_um,lot,expiry";

/** The arrayed guide library: upload, what is where, what is left. */
export function LibraryPage() {
  const { campaignId } = useParams({ from: "/c/$campaignId" });
  const search = useSearch({ from: "/c/$campaignId/library" });
  const navigate = useNavigate({ from: "/c/$campaignId/library" });
  const client = useQueryClient();
  const query = useQuery(library(campaignId, toQuery(search)));
  const upload = useMutation({
    mutationFn: (file: File) => uploadLibrary(campaignId, file),
    onSettled: () => client.invalidateQueries(),
  });
  const go = (change: LibrarySearch) =>
    void navigate({ search: (now) => ({ ...now, ...change }), replace: true, resetScroll: false });
  return (
    <Stack gap="lg">
      <title>Library · nextwell</title>
      <div>
        <Title order={1} size="h2">
          Library
        </Title>
        <Text c="dimmed">
          Source plates of arrayed guides. Robots get their worklists from it, and a gene without a
          reagent is not picked.
        </Text>
      </div>
      <DropFile onFile={upload.mutate} busy={upload.isPending} label="Library file" />
      <div aria-live="polite">
        {upload.isSuccess && <Stored upload={upload.data} />}
        {upload.isError && <ProblemAlert error={upload.error} />}
      </div>
      <Loaded query={query} what="the library">
        {(data) =>
          data.uploads.length === 0 ? (
            <NoLibrary />
          ) : (
            <Stack gap="md">
              <Facts library={data} />
              <Wells library={data} search={search} go={go} />
            </Stack>
          )
        }
      </Loaded>
    </Stack>
  );
}

function Stored({ upload }: { upload: LibraryUpload }) {
  return upload.duplicate ? (
    <Alert color="yellow" variant="outline" title="This file is in the library already">
      {upload.file_name} was uploaded on {dateTime(upload.created_at)}; nothing was changed.
    </Alert>
  ) : (
    <Alert color="green" variant="outline" title="The library was stored">
      {plural(upload.wells, "well")} of {upload.file_name}.
    </Alert>
  );
}

function NoLibrary() {
  return (
    <Empty title="No guide library yet">
      <Text size="sm">
        Upload a CSV with a line for every source well. Without a library every candidate is taken
        to be at hand, and worklists cannot be written.
      </Text>
      <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {`${COLUMNS}\nSRC01,A01,GATA3_g1,GATA3,ENSG00000107485,,40,10,L1,2027-12-31`}
      </Code>
      <Text size="sm">
        <Code>ensembl_id</Code>, <Code>sequence</Code>, <Code>concentration_um</Code>,{" "}
        <Code>lot</Code> and <Code>expiry</Code> may be missing; <Code>available_from</Code> and{" "}
        <Code>plate_format</Code> may be added. Controls are listed by their name as{" "}
        <Code>guide_id</Code> or <Code>symbol</Code>.
      </Text>
    </Empty>
  );
}

function Facts({ library: data }: { library: Library }) {
  const [latest] = data.uploads;
  return (
    <div className="card">
      <Text size="sm">
        {data.plates.map((p) => `${p.barcode} (${p.wells} of ${p.format} wells)`).join(", ")}.
        {latest && ` Latest file: ${latest.file_name}, ${dateTime(latest.created_at)}.`}
      </Text>
      {data.n_unavailable > 0 && (
        <details>
          <summary>
            <Text size="sm" span fw={600}>
              {plural(data.n_unavailable, "candidate")} cannot be picked for want of a reagent
            </Text>
          </summary>
          <ul style={{ columns: "16em", fontSize: 14, margin: "6px 0 0", paddingLeft: 18 }}>
            {data.unavailable.map(({ symbol, reason }) => (
              <li key={symbol}>
                {symbol}: {reason}
              </li>
            ))}
          </ul>
          {data.n_unavailable > data.unavailable.length && (
            <Text size="sm" c="dimmed">
              and {count(data.n_unavailable - data.unavailable.length)} more
            </Text>
          )}
        </details>
      )}
    </div>
  );
}

type WellsProps = {
  library: Library;
  search: LibrarySearch;
  go: (change: LibrarySearch) => void;
};

function Wells({ library: data, search, go }: WellsProps) {
  const find = useDebouncedCallback((q: string) => go({ q: q || undefined, page: undefined }), 250);
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-end">
        <TextInput
          type="search"
          label="Search"
          placeholder="Gene, guide, plate or lot"
          defaultValue={search.q ?? ""}
          onChange={(event) => find(event.currentTarget.value)}
          w={280}
        />
        <Text size="sm" role="status">
          {plural(data.total, "well")}
          {search.q ? ` for “${search.q}”` : ""}
        </Text>
      </Group>
      {data.wells.length === 0 ? (
        <Empty title={`No well matches “${search.q ?? ""}”`}>
          <Text size="sm">Search by part of a symbol, guide, barcode, Ensembl id or lot.</Text>
        </Empty>
      ) : (
        <LibraryTable wells={data.wells} />
      )}
      <Pages
        total={data.total}
        size={PAGE_SIZE}
        page={search.page ?? 1}
        onPage={(page) => go({ page })}
      />
    </Stack>
  );
}
