import { Anchor, Button, Table, Text, Title } from "@mantine/core";
import { rawUpload } from "../../api/links";
import type { Upload, UploadState } from "../../api/types";
import { Badge, type Tone } from "../../components/Badge";
import { bytes, count } from "../../format/number";
import { dateTime } from "../../format/time";

const STATE: Record<UploadState, [Tone, string]> = {
  checked: ["warn", "waits for Accept"],
  accepted: ["good", "accepted"],
  rejected: ["bad", "has errors"],
};

type Props = { uploads: readonly Upload[]; onOpen: (id: string) => void };

/** Files that were uploaded before, newest first. */
export function EarlierUploads({ uploads, onOpen }: Props) {
  const newestFirst = [...uploads].sort((a, b) => b.created_at.localeCompare(a.created_at));
  return (
    <div className="card">
      <Title order={2} size="h4" mb="xs">
        Earlier uploads
      </Title>
      {newestFirst.length === 0 ? (
        <Text>None yet. The raw bytes of each file are kept unchanged and listed here.</Text>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className="scroll" tabIndex={0} aria-label="Earlier uploads">
          <Table className="table" aria-label="Earlier uploads">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>File</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th className="number">Rows</Table.Th>
                <Table.Th className="number">Size</Table.Th>
                <Table.Th>Uploaded</Table.Th>
                <Table.Th>Accepted</Table.Th>
                <Table.Th>Report</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {newestFirst.map((upload) => (
                <Row key={upload.id} upload={upload} onOpen={onOpen} />
              ))}
            </Table.Tbody>
          </Table>
        </section>
      )}
    </div>
  );
}

function Row({ upload, onOpen }: { upload: Upload; onOpen: (id: string) => void }) {
  const [tone, words] = STATE[upload.state];
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor href={rawUpload(upload.id)} download underline="always" size="sm">
          {upload.file_name}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <Badge tone={tone}>{words}</Badge>
      </Table.Td>
      <Table.Td className="number">{count(upload.report.rows)}</Table.Td>
      <Table.Td className="number">{bytes(upload.n_bytes)}</Table.Td>
      <Table.Td>{dateTime(upload.created_at)}</Table.Td>
      <Table.Td>{dateTime(upload.accepted_at)}</Table.Td>
      <Table.Td>
        <Button
          size="xs"
          variant="default"
          onClick={() => onOpen(upload.id)}
          aria-label={`Open the report on ${upload.file_name}`}
        >
          Open
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}
