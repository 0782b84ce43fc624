import { candidates, cells, NEGATIVE, POSITIVE } from "./lab";

const base = process.env.NEXTWELL_ADDRESS;

async function ask<T>(method: string, path: string, body?: BodyInit, type?: string): Promise<T> {
  const headers: Record<string, string> = type ? { "content-type": type } : {};
  const answer = await fetch(base + path, { method, headers, body });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

const send = <T>(path: string, body: unknown) =>
  ask<T>("POST", path, JSON.stringify(body), "application/json");

/** Asks again until the answer is good. */
async function until<T>(path: string, good: (answer: T) => boolean): Promise<T> {
  const end = Date.now() + 180_000;
  while (Date.now() < end) {
    const answer = await ask<T>("GET", path);
    if (good(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${path} did not become what the tests need`);
}

type Job = { state: string };
type Loop = { next: { action: string; message: string }; jobs: unknown[] };

/** A small campaign on real cells, up to the moment when its first round waits for approval. */
export default async function prepare(): Promise<void> {
  const dataset = await ask<{ digest: string }>(
    "POST",
    "/api/datasets?name=T%20cells%2C%20Wu%20et%20al.%202020",
    new Uint8Array(cells()),
    "application/octet-stream",
  );
  const { job_id } = await send<{ job_id: number }>("/api/models/pretrain", {
    name: "small",
    dataset_digest: dataset.digest,
    settings: { layers: 1, hidden: 16, heads: 2, ffn: 32, max_len: 512, epochs: 1, seed: 1 },
  });
  const ended = ["done", "failed", "dead", "cancelled"];
  const job = await until<Job>(`/api/jobs/${job_id}`, ({ state }) => ended.includes(state));
  if (job.state !== "done") throw new Error(`pretraining ended as ${JSON.stringify(job)}`);
  const [model] = await ask<{ digest: string }[]>("GET", "/api/models");
  const campaign = await send<{ id: string }>("/api/campaigns", {
    name: "IL2RA regulators",
    dataset_digest: dataset.digest,
    model_digest: model?.digest,
    readout: "IL2RA protein after CRISPR knock-out, log fold change",
    readout_gene: POSITIVE,
    keywords: ["interleukin-2", "t cell"],
    candidates: candidates(150),
    non_targeting: NEGATIVE,
    positive: [POSITIVE],
    screen: {
      state_column: "source",
      start_value: "Tumor",
      goal_value: "NAT",
      donor_column: "patient",
      max_cells: 8,
      emb_layer: 0,
    },
    batch: 24,
    budget: 240,
    max_rounds: 5,
    ask_me_first: true,
    seed: 1,
  });
  const loop = await until<Loop>(`/api/campaigns/${campaign.id}/loop`, ({ next, jobs }) => {
    if (next.action === "fix") throw new Error(next.message);
    return next.action === "approve" && jobs.length === 0;
  });
  if (loop.next.action !== "approve") throw new Error(loop.next.message);
}
