import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useId } from "react";
import { rawUpload } from "../../api/links";
import type { Upload } from "../../api/types";
import { DownloadLink } from "../../components/DownloadLink";
import { IssueList } from "../../components/IssueList";
import { ProblemAlert } from "../../components/Problem";
import { bytes, count, plural } from "../../format/number";
import { dateTime } from "../../format/time";
import { tableWords } from "../pooled/pooled-words";
import { TableReading } from "../pooled/TableReading";
import { PlatesFound } from "./PlatesFound";
import { PreviewTable } from "./PreviewTable";
import { acceptGate } from "./upload-state";

type Props = {
  upload: Upload;
  duplicate: boolean;
  accepting: boolean;
  error?: unknown;
  onAccept: () => void;
  onClose: () => void;
};

/** What was recognised in a results file, and the button that takes it. */
export function UploadReport({ upload, duplicate, accepting, error, onAccept, onClose }: Props) {
  const { report } = upload;
  const gate = acceptGate(upload);
  const reasonId = useId();
  return (
    <section className="card" aria-label={`Report on ${upload.file_name}`}>
      <Stack gap="md">
        <Group justify="space-between">
          <div>
            <Title order={2} size="h3">
              {upload.file_name}
            </Title>
            <Text size="sm" c="dimmed">
              {bytes(upload.n_bytes)}, uploaded {dateTime(upload.created_at)}
            </Text>
          </div>
          <DownloadLink href={rawUpload(upload.id)}>File as uploaded</DownloadLink>
        </Group>
        {duplicate && <Duplicate upload={upload} />}
        <Text>
          Recognised: {plural(report.rows, "row")},{" "}
          {report.pooled ? tableWords(report.pooled) : plural(report.plates.length, "plate")};{" "}
          {report.delimiter} between columns, decimal {report.decimal === "," ? "comma" : "point"},{" "}
          {report.encoding}.
          {report.unknown_columns.length > 0 && ` Not used: ${report.unknown_columns.join(", ")}.`}
        </Text>
        {report.errors.length > 0 && (
          <div>
            <Title order={3} size="h5">
              {plural(report.errors.length, "error")} to mend
            </Title>
            <IssueList issues={report.errors} caption="Errors" />
          </div>
        )}
        {report.warnings.length > 0 && (
          <div>
            <Title order={3} size="h5">
              {plural(report.warnings.length, "warning")}
            </Title>
            <IssueList issues={report.warnings} caption="Warnings" />
          </div>
        )}
        {report.pooled && <TableReading upload={upload} report={report.pooled} />}
        {report.plates.length > 0 && <PlatesFound plates={report.plates} />}
        {report.preview.length > 0 && (
          <PreviewTable rows={report.preview.slice(0, 20)} total={report.rows} />
        )}
        {error !== undefined && <ProblemAlert error={error} />}
        <Group>
          <Button
            onClick={onAccept}
            disabled={!gate.open}
            loading={accepting}
            aria-describedby={gate.open ? undefined : reasonId}
          >
            Accept
          </Button>
          <Button variant="default" onClick={onClose} disabled={accepting}>
            Close
          </Button>
          {gate.open ? (
            <Text size="sm">
              {report.pooled
                ? `Writes the results of ${plural(report.pooled.genes.length, "gene")} of round ${report.pooled.round_number}.`
                : `Writes ${count(report.plates.reduce((n, p) => n + p.values, 0))} measurements and calls hits.`}
            </Text>
          ) : (
            <Text size="sm" id={reasonId} fw={600}>
              {gate.reason}
            </Text>
          )}
        </Group>
      </Stack>
    </section>
  );
}

function Duplicate({ upload }: { upload: Upload }) {
  const title = upload.accepted_at
    ? `Already imported on ${dateTime(upload.accepted_at)}`
    : `Already uploaded on ${dateTime(upload.created_at)}`;
  return (
    <Alert color="blue" variant="outline" title={title} role="status">
      These very bytes were here before. Nothing was changed and no second copy was made.
    </Alert>
  );
}
