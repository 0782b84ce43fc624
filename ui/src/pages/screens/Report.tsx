import { Alert, Group, List, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { screenRowsCsv, screenValues } from "../../api/links";
import type { ScreenReport } from "../../api/types";
import { DownloadLink } from "../../components/DownloadLink";
import { count, fixed, plural, tiny } from "../../format/number";
import { AgreementCard } from "./AgreementCard";
import { CellMap } from "./CellMap";
import { ConfoundingCard } from "./ConfoundingCard";
import { EvaluationCard } from "./EvaluationCard";
import { RowDrawer } from "./RowDrawer";
import { RowsCard } from "./RowsCard";
import { filterOf, type ReportSearch } from "./screen-search";
import { perturbationWords, readable } from "./screen-words";
import { VolcanoFigure } from "./VolcanoFigure";

/** What a finished screen says; filter, sort, page and the open gene are in the address. */
export function Report({ report }: { report: ScreenReport }) {
  const search: ReportSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const go = (change: ReportSearch) =>
    void navigate({
      to: ".",
      search: (now: ReportSearch) => ({ ...now, ...change }),
      replace: true,
      resetScroll: false,
    });
  const { screen } = report;
  const kinds = screen.order.perturbations;
  const kind = kinds.find((one) => one === search.kind) ?? kinds[0] ?? "";
  return (
    <>
      <Cautions report={report} />
      <Facts report={report} />
      <Group justify="space-between" align="flex-end">
        {kinds.length > 1 ? (
          <NativeSelect
            label="Perturbation"
            value={kind}
            data={kinds.map((one) => ({ value: one, label: perturbationWords(one) }))}
            onChange={(event) =>
              go({ kind: event.currentTarget.value, page: undefined, gene: undefined })
            }
          />
        ) : (
          <span />
        )}
        <Group>
          <DownloadLink href={screenRowsCsv(screen.id, filterOf(search, kind))}>
            These rows, CSV
          </DownloadLink>
          <DownloadLink href={screenValues(screen.id, "csv")}>Every cell, CSV</DownloadLink>
          <DownloadLink href={screenValues(screen.id, "parquet")}>Every cell, Parquet</DownloadLink>
        </Group>
      </Group>
      <VolcanoFigure report={report} kind={kind} onOpen={(gene) => go({ gene })} />
      <RowsCard report={report} kind={kind} search={search} go={go} />
      <CellMap report={report} />
      <EvaluationCard report={report} />
      <AgreementCard report={report} />
      <ConfoundingCard report={report} kind={kind} />
      <Provenance report={report} />
      <RowDrawer
        report={report}
        kind={kind}
        label={search.gene}
        onClose={() => go({ gene: undefined })}
      />
    </>
  );
}

/** What a careful reader should know before the numbers. */
function Cautions({ report }: { report: ScreenReport }) {
  const { first_order: check, warnings } = report;
  if (!check && warnings.length === 0) return null;
  return (
    <Alert variant="outline" color="yellow" title="Read this first">
      <List size="sm">
        {check && (
          <List.Item>
            The genes were chosen by first-order estimates. On {count(check.sampled_genes)} genes in{" "}
            {plural(check.sampled_cells, "cell")} run exactly, the estimates have a rank correlation
            of {fixed(check.spearman, 3)} with the exact effects and keep {count(check.kept)} of the
            exact top {count(check.top)}. The rows below were all run exactly.
          </List.Item>
        )}
        {warnings.map((warning) => (
          <List.Item key={warning}>{readable(warning)}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

function Facts({ report }: { report: ScreenReport }) {
  const floor = report.noise_floor;
  const facts: [string, string][] = [
    ["Cells", count(report.n_cells)],
    [
      "Donors",
      report.n_donors > 0 ? count(report.n_donors) : "not given: cells count as independent",
    ],
    ["Rows", count(report.n_rows)],
    [
      "Rounding",
      typeof floor === "number" ? `effects up to ${tiny(floor)} are noise` : "not known",
    ],
  ];
  if (report.n_null > 0) facts.splice(1, 0, ["Null cells", count(report.n_null)]);
  return (
    <Group className="card" gap="xl">
      {facts.map(([name, words]) => (
        <div key={name}>
          <Text size="sm" c="dimmed">
            {name}
          </Text>
          <Text fw={600} className="number" style={{ whiteSpace: "normal" }}>
            {words}
          </Text>
        </div>
      ))}
    </Group>
  );
}

function Provenance({ report }: { report: ScreenReport }) {
  return (
    <section className="card" aria-labelledby="provenance-title">
      <Title order={2} size="h4" id="provenance-title" mb="sm">
        Where the numbers come from
      </Title>
      <Stack gap="sm">
        <dl className="facts">
          {Object.entries(report.provenance).map(([name, value]) => (
            <div key={name} style={{ display: "contents" }}>
              <dt>{name.replaceAll("_", " ")}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <Text size="sm" c="dimmed">
          The same order gives the same numbers to the last bit, whatever the blocks and however
          often it was stopped.
        </Text>
      </Stack>
    </section>
  );
}
