import { Button, FileButton, Text } from "@mantine/core";
import { type DragEvent, useRef, useState } from "react";

type Props = {
  onFile: (file: File) => void;
  busy: boolean;
  /** What kind of file it is. */
  label?: string;
  /** What to do when several are dropped. */
  one?: string;
  accept?: string;
};

const TABLES = ".csv,.tsv,.txt,.xlsx,text/csv,text/plain";

/** A place to drop one file, and a button that does the same. */
export function DropFile({
  onFile,
  busy,
  label = "Results file",
  one = "One file at a time, please: each gets its own report.",
  accept = TABLES,
}: Props) {
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
      aria-label={label}
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Text mb="sm">{`Drop a ${label.toLowerCase()} here, or`}</Text>
      <FileButton
        onChange={(file) => {
          setMany(false);
          // Without this the browser would not report the same file a second time.
          forget.current?.();
          if (file) onFile(file);
        }}
        resetRef={forget}
        accept={accept}
        inputProps={{ "aria-label": label }}
      >
        {(props) => (
          <Button {...props} loading={busy}>
            Choose a file
          </Button>
        )}
      </FileButton>
      {many && (
        <Text mt="sm" role="alert">
          {one}
        </Text>
      )}
    </section>
  );
}
