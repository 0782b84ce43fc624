import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type PlainFile = { name: string; mimeType: string; buffer: Buffer };

/** A small Geneformer with random weights in its published layout, as `nextwell` writes it. */
export function tinyGeneformer(): PlainFile[] {
  const binary = process.env.NEXTWELL_BINARY;
  if (!binary) throw new Error("NEXTWELL_BINARY is not set: start these tests with tests/browser/run");
  const folder = mkdtempSync(join(tmpdir(), "nextwell-tiny-"));
  try {
    const args = ["models", "random", "--family", "geneformer", "--size", "tiny", "--seed", "3"];
    execFileSync(binary, [...args, folder]);
    return readdirSync(folder).map((name) => ({
      name,
      mimeType: "application/octet-stream",
      buffer: readFileSync(join(folder, name)),
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same files with the second half of the weights missing. */
export const cutWeights = (files: readonly PlainFile[]) =>
  files.map((file) =>
    file.name.endsWith(".safetensors")
      ? { ...file, buffer: file.buffer.subarray(0, file.buffer.length / 2) }
      : file,
  );
