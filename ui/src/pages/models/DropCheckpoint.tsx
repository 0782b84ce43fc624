import { Button, FileButton, Group, Text } from "@mantine/core";
import { type DragEvent, useRef, useState } from "react";
import { type Chosen, dropped, folderOf, inFolder } from "./checkpoint-files";

type Props = { onFiles: (chosen: Chosen) => void; onUnreadable: (error: unknown) => void };

/** A place to drop the files of a checkpoint or their folder, and buttons that do the same. */
export function DropCheckpoint({ onFiles, onUnreadable }: Props) {
  const [over, setOver] = useState(false);
  const forgetFiles = useRef<() => void>(null);
  const forgetFolder = useRef<() => void>(null);

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    dropped(event.dataTransfer).then(onFiles, onUnreadable);
  };
  const choose = (files: File[]) => {
    // Without this the browser would not report the same files a second time.
    forgetFiles.current?.();
    forgetFolder.current?.();
    if (files.length > 0) onFiles({ files: inFolder(files), folder: folderOf(files) });
  };

  return (
    <section
      className="drop"
      style={{ padding: 20 }}
      aria-label="Checkpoint files"
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Text mb="sm">Drop all files of one checkpoint directory here, or</Text>
      <Group justify="center" gap="sm">
        <FileButton
          multiple
          onChange={choose}
          resetRef={forgetFiles}
          inputProps={{ "aria-label": "Checkpoint files" }}
        >
          {(props) => (
            <Button {...props} variant="default">
              Choose files
            </Button>
          )}
        </FileButton>
        <FileButton
          multiple
          onChange={choose}
          resetRef={forgetFolder}
          inputProps={{ "aria-label": "Checkpoint folder", ...WHOLE_FOLDER }}
        >
          {(props) => (
            <Button {...props} variant="default">
              Choose a folder
            </Button>
          )}
        </FileButton>
      </Group>
    </section>
  );
}

/** Every browser knows the attribute; React's types do not. */
const WHOLE_FOLDER = { webkitdirectory: "" } as object;
