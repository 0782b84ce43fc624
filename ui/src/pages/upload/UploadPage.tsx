import { Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useReducer } from "react";
import { acceptUpload, checkResults } from "../../api/actions";
import { upload as uploadQuery, uploads } from "../../api/queries";
import { ProblemAlert } from "../../components/Problem";
import { Loaded, Loading } from "../../components/states";
import { AcceptedCard } from "./AcceptedCard";
import { DropFile } from "./DropFile";
import { EarlierUploads } from "./EarlierUploads";
import { UploadReport } from "./UploadReport";
import { advance, type Stage } from "./upload-state";

/** Results in: choose, look, accept. Nothing is written before *Accept*. */
export function UploadPage() {
  const { campaignId } = useParams({ from: "/c/$campaignId" });
  const { upload: fromUrl } = useSearch({ from: "/c/$campaignId/upload" });
  const navigate = useNavigate({ from: "/c/$campaignId/upload" });
  const client = useQueryClient();
  const start: Stage = fromUrl
    ? { at: "review", uploadId: fromUrl, duplicate: false }
    : { at: "choose" };
  const [kept, step] = useReducer(advance, start);
  // The URL names the file on show; without it (the link in the navigation) the page starts afresh.
  const left = fromUrl === undefined && (kept.at === "review" || kept.at === "accepted");
  const stage: Stage = left ? { at: "choose" } : kept;
  const earlier = useQuery(uploads(campaignId));

  const show = (upload?: string) =>
    void navigate({ search: upload ? { upload } : {}, replace: true });

  const check = useMutation({
    mutationFn: (file: File) => checkResults(campaignId, file),
    onMutate: (file) => step({ type: "file_chosen", fileName: file.name }),
    onSuccess: (upload) => {
      client.setQueryData(uploadQuery(upload.id).queryKey, upload);
      step({ type: "checked", upload });
      show(upload.id);
    },
    onError: (error) => step({ type: "check_failed", error }),
    onSettled: () => client.invalidateQueries({ queryKey: ["uploads", campaignId] }),
  });

  const accept = useMutation({
    mutationFn: acceptUpload,
    onMutate: () => step({ type: "accept_pressed" }),
    onSuccess: (accepted) => step({ type: "accepted", accepted }),
    onError: (error) => step({ type: "accept_failed", error }),
    onSettled: () => client.invalidateQueries(),
  });

  const open = (uploadId: string) => {
    step({ type: "opened", uploadId });
    show(uploadId);
    window.scrollTo({ top: 0 });
  };
  const close = () => {
    step({ type: "closed" });
    show();
  };

  return (
    <Stack gap="lg">
      <title>Upload results · nextwell</title>
      <div>
        <Title order={1} size="h2">
          Upload results
        </Title>
        <Text c="dimmed">
          The export of a plate reader (text or Excel), a CSV with plate barcode, well and value, or
          the gene summary of MAGeCK for a pooled round. It is checked first; nothing is written
          before you accept.
        </Text>
      </div>
      <DropFile onFile={check.mutate} busy={stage.at === "checking" || stage.at === "accepting"} />
      <div aria-live="polite">
        {stage.at === "checking" && <Loading what={stage.fileName} />}
        {stage.at === "refused" && (
          <Stack gap="xs">
            <Text fw={600}>{stage.fileName} was not taken; nothing was stored.</Text>
            <ProblemAlert error={stage.error} />
          </Stack>
        )}
        {(stage.at === "review" || stage.at === "accepting") && (
          <Review stage={stage} onAccept={() => accept.mutate(stage.uploadId)} onClose={close} />
        )}
        {stage.at === "accepted" && (
          <AcceptedCard
            campaignId={campaignId}
            uploadId={stage.uploadId}
            accepted={stage.accepted}
            onClose={close}
          />
        )}
      </div>
      <Loaded query={earlier} what="the earlier uploads">
        {(list) => <EarlierUploads uploads={list} onOpen={open} />}
      </Loaded>
    </Stack>
  );
}

type ReviewProps = {
  stage: Extract<Stage, { at: "review" | "accepting" }>;
  onAccept: () => void;
  onClose: () => void;
};

function Review({ stage, onAccept, onClose }: ReviewProps) {
  const query = useQuery(uploadQuery(stage.uploadId));
  return (
    <Loaded query={query} what="the upload">
      {(upload) => (
        <UploadReport
          upload={upload}
          duplicate={stage.duplicate}
          accepting={stage.at === "accepting"}
          error={stage.at === "review" ? stage.error : undefined}
          onAccept={onAccept}
          onClose={onClose}
        />
      )}
    </Loaded>
  );
}
