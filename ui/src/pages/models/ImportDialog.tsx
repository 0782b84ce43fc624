import { Button, Group, Progress, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { importModel } from "../../api/models";
import type { Sent } from "../../api/send-files";
import { Dialog } from "../../components/Dialog";
import { ProblemAlert } from "../../components/Problem";
import { bytes, percent, plural } from "../../format/number";
import { added, type Chosen, isModelFile, notReady, totalBytes } from "./checkpoint-files";
import { DropCheckpoint } from "./DropCheckpoint";
import { FileList } from "./FileList";
import { ImportedNote } from "./ImportedNote";

type Props = { opened: boolean; onClose: () => void };

/** Brings one checkpoint in: files, a name, and afterwards its licence. */
export function ImportDialog({ opened, onClose }: Props) {
  return (
    <Dialog opened={opened} onClose={onClose} title="Import a checkpoint" size="lg">
      <ImportForm onClose={onClose} />
    </Dialog>
  );
}

function ImportForm({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [files, setFiles] = useState<File[]>([]);
  const [name, setName] = useState("");
  const [leftOut, setLeftOut] = useState<string[]>([]);
  const [pressed, setPressed] = useState(false);
  const [sent, setSent] = useState<Sent>();
  const [unreadable, setUnreadable] = useState<unknown>();
  const stop = useRef<AbortController>(null);
  const wrong = notReady(files, name);

  const send = useMutation({
    mutationFn: () => {
      stop.current = new AbortController();
      setSent({ loaded: 0, total: totalBytes(files) });
      return importModel(files, name.trim(), setSent, stop.current.signal);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["models"] }),
  });
  const stopped = send.isError && stop.current?.signal.aborted === true;

  const take = (chosen: Chosen) => {
    setUnreadable(undefined);
    send.reset();
    setFiles((old) => added(old, chosen.files));
    setLeftOut(chosen.files.map((file) => file.name).filter((one) => !isModelFile(one)));
    setName((old) => old || chosen.folder || "");
  };

  if (send.data) return <ImportedNote model={send.data} onClose={onClose} />;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setPressed(true);
        if (!wrong && !send.isPending) send.mutate();
      }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          A published scBERT, Geneformer, scGPT, scFoundation or GeneCompass directory: weights,
          configuration and vocabulary. The family is found by its files; no code in them is run.
        </Text>
        {!send.isPending && <DropCheckpoint onFiles={take} onUnreadable={setUnreadable} />}
        {unreadable !== undefined && <ProblemAlert error={unreadable} />}
        {leftOut.length > 0 && (
          <Text size="sm" role="status">
            Left out, no part of a model: {leftOut.join(", ")}
          </Text>
        )}
        <FileList
          files={files}
          busy={send.isPending}
          onRemove={(gone) => setFiles((old) => old.filter((file) => file !== gone))}
        />
        <TextInput
          label="Name"
          description="For people; the model is known by the digest of its files."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          disabled={send.isPending}
          maxLength={200}
        />
        <div aria-live="polite">
          {send.isPending && sent && <Sending sent={sent} />}
          {pressed && wrong && !send.isPending && <Text role="alert">{wrong}</Text>}
          {stopped && <Text>Stopped; nothing was stored.</Text>}
          {send.isError && !stopped && <ProblemAlert error={send.error} />}
        </div>
        <Group justify="flex-end">
          {send.isPending ? (
            <Button variant="default" onClick={() => stop.current?.abort()}>
              Stop
            </Button>
          ) : (
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
          )}
          <Button type="submit" loading={send.isPending}>
            {files.length > 0 ? `Import ${plural(files.length, "file")}` : "Import"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** How much has been sent; afterwards the server reads and checks. */
function Sending({ sent }: { sent: Sent }) {
  const share = sent.total > 0 ? Math.min(1, sent.loaded / sent.total) : 0;
  const all = share >= 1;
  const words = all
    ? "All sent. Reading the weights and checking every key …"
    : `${bytes(sent.loaded)} of ${bytes(sent.total)} sent (${percent(share)})`;
  return (
    <>
      <Progress.Root size="lg">
        <Progress.Section
          value={all ? 100 : share * 100}
          animated={all}
          striped={all}
          aria-label="Sending the checkpoint"
          aria-valuetext={words}
        />
      </Progress.Root>
      <Text size="sm" className="number" mt={4}>
        {words}
      </Text>
    </>
  );
}
