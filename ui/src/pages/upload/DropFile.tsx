import { Button, FileButton, Text } from "@mantine/core";
import { type DragEvent, useRef, useState } from "react";

type Props = { onFile: (file: File) => void; busy: boolean };

/** A place to drop one results file, and a button that does the same. */
export function DropFile({ onFile, busy }: Props) {
  const [over, setOver] = useState(false);
  const [many, setMany] = useState(false);
  const forget = useRef<() => void>(null);

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const files = event.dataTransfer.files;
    setMany(files.length > 1);
    const file = files[0];
    if (file && files.length === 1 && !busy) onFile(file);
  };

  return (
    <section
      className="drop"
      aria-label="Results file"
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Text mb="sm">Drop a results file here, or</Text>
      <FileButton
        onChange={(file) => {
          setMany(false);
          // Without this the browser would not report the same file a second time.
          forget.current?.();
          if (file) onFile(file);
        }}
        resetRef={forget}
        accept=".csv,.tsv,.txt,text/csv,text/plain"
        inputProps={{ "aria-label": "Results file" }}
      >
        {(props) => (
          <Button {...props} loading={busy}>
            Choose a file
          </Button>
        )}
      </FileButton>
      {many && (
        <Text mt="sm" role="alert">
          One file at a time, please: each gets its own report.
        </Text>
      )}
    </section>
  );
}
