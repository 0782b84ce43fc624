/** Small, complete wire values of the models' pages. */
import type {
  Coverage,
  Dataset,
  EmbeddingPreview,
  ModelCard,
  ModelDetails,
  ModelParity,
  ModelVersion,
} from "../api/types";

export const MODEL = "cd".repeat(32);
export const DATASET = "ab".repeat(32);

export const modelParity = (change: Partial<ModelParity> = {}): ModelParity => ({
  embedding: "mean",
  cells: 3,
  tokens: 411,
  largest_difference: 6e-7,
  tolerance: 2e-5,
  batch_invariant: true,
  holds: true,
  device: "CPU (2 threads)",
  code_version: "0.1.0",
  seconds: 1.2,
  verified_at: "2026-11-25T03:00:00Z",
  ...change,
});

export const modelCard = (change: Partial<ModelCard> = {}): ModelCard => ({
  family: "geneformer",
  variant: "V1",
  sizes: {
    layers: 6,
    hidden: 256,
    heads: 4,
    ffn: 512,
    context: 2048,
    parameters: 10_316_196,
  },
  vocabulary: {
    source: "bundled",
    tokens: 25_426,
    genes: 25_424,
    digest: "12".repeat(32),
    species: ["human"],
  },
  licence: {
    name: "Apache-2.0",
    note: "The weights may be used and shared under Apache-2.0.",
    source: "https://example.org/LICENSE",
  },
  embeddings: [
    { name: "mean", what: "mean of the gene tokens", width: 256 },
    { name: "cls", what: "the cell's own token", width: 256 },
  ],
  labels: [],
  abilities: ["embed", "screen"],
  ignored_keys: ["bert.embeddings.position_ids"],
  files: [
    { name: "config.json", bytes: 700 },
    { name: "model.safetensors", bytes: 41_264_784 },
  ],
  ...change,
});

export const modelVersion = (change: Partial<ModelVersion> = {}): ModelVersion => ({
  digest: MODEL,
  family: "geneformer",
  name: "Geneformer V1-10M",
  state: "base",
  info: {},
  card: modelCard(),
  parity: modelParity(),
  created_at: "2026-11-24T09:00:00Z",
  ...change,
});

export const modelDetails = (change: Partial<ModelDetails> = {}): ModelDetails => ({
  version: modelVersion(),
  used_by: { campaigns: [], screens: 0, decisions: 0, children: [] },
  removable: true,
  ...change,
});

export const dataset = (change: Partial<Dataset> = {}): Dataset => ({
  digest: DATASET,
  source_digest: "ef".repeat(32),
  name: "T cells",
  report: {
    n_cells: 200,
    n_genes: 14_061,
    n_nonzeros: 200_000,
    counts_source: "X",
    genes_with_ensembl: 14_061,
    genes_mapped_by_symbol: 0,
    duplicates_collapsed: 0,
    median_counts_per_cell: 4100,
    median_genes_per_cell: 1400,
    numeric_obs: ["n_counts"],
    obs: { source: { Tumor: 120, NAT: 80 }, barcode: { a: 1, b: 1 } },
    warnings: [],
  },
  created_at: "2026-11-20T09:00:00Z",
  ...change,
});

export const coverage = (change: Partial<Coverage> = {}): Coverage => ({
  genes: 14_061,
  genes_known: 13_200,
  vocabulary: 25_424,
  vocabulary_measured: 13_200,
  counts: 820_000,
  counts_seen: 792_120,
  counts_share: 0.966,
  cells: 200,
  cells_blank: 0,
  cells_truncated: 12,
  truncated_mean: 3.4,
  truncated_max: 212,
  unknown_genes: [
    { symbol: "MALAT1", ensembl_id: "ENSG00000251562", counts: 20_400 },
    { symbol: "AC0001.1", counts: 310 },
  ],
  ...change,
});

export const preview = (change: Partial<EmbeddingPreview> = {}): EmbeddingPreview => ({
  kind: "mean",
  n_cells: 4,
  n_sampled: 4,
  n_blank: 1,
  cells: [0, 1, 3],
  names: ["AAAC-1", "AAAG-1", "AACC-1"],
  coordinates: [
    [-1, 0.5],
    [1, 0.5],
    [0, -1],
  ],
  explained_variance: [0.42, 0.18],
  colour: {
    column: "source",
    values: { type: "categorical", categories: ["NAT", "Tumor"], codes: [1, 1, 0] },
  },
  ...change,
});
