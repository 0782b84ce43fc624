import { CloseButton, Group, Text } from "@mantine/core";
import { bytes, plural } from "../../format/number";
import { totalBytes } from "./checkpoint-files";

type Props = { files: readonly File[]; busy: boolean; onRemove: (file: File) => void };

/** The files that will be sent. */
export function FileList({ files, busy, onRemove }: Props) {
  if (files.length === 0) return null;
  return (
    <div>
      <ul className="plain-list" aria-label="Files to import">
        {files.map((file) => (
          <li key={file.name}>
            <Group justify="space-between" wrap="nowrap" gap="sm">
              <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                {file.name}
              </Text>
              <Group gap={6} wrap="nowrap">
                <Text size="sm" className="number" c="dimmed">
                  {bytes(file.size)}
                </Text>
                {!busy && (
                  <CloseButton
                    size="sm"
                    aria-label={`Leave out ${file.name}`}
                    onClick={() => onRemove(file)}
                  />
                )}
              </Group>
            </Group>
          </li>
        ))}
      </ul>
      <Text size="sm" c="dimmed" mt={4}>
        {plural(files.length, "file")}, {bytes(totalBytes(files))}
      </Text>
    </div>
  );
}
