import { describe, expect, it } from "vitest";
import {
  added,
  dropped,
  folderOf,
  inFolder,
  isModelFile,
  notReady,
  totalBytes,
} from "./checkpoint-files";

const file = (name: string, bytes = 3, path = "") =>
  Object.defineProperty(new File(["x".repeat(bytes)], name), "webkitRelativePath", {
    value: path,
  });

describe("the files of a checkpoint", () => {
  it("are gathered over several drops, in order of name, the newest of a name", () => {
    const first = added(
      [],
      [file("vocab.json"), file("best_model.pt", 5), file(".DS_Store"), file("README.md")],
    );
    const second = added(first, [file("args.json"), file("best_model.pt", 9)]);
    expect(second.map((f) => f.name)).toEqual(["args.json", "best_model.pt", "vocab.json"]);
    expect(totalBytes(second)).toBe(15);
  });

  it("have names that the server takes", () => {
    for (const name of ["config.json", "model-00001-of-2.safetensors", "gene.csv.gz", "x.npz"])
      expect(isModelFile(name)).toBe(true);
    for (const name of ["README.md", ".config.json", "a b.json", "run.py", "json"])
      expect(isModelFile(name)).toBe(false);
  });

  it("cannot be sent without weights, without a name or with an empty file", () => {
    expect(notReady([], "m")).toMatch(/Choose the files/);
    expect(notReady([file("config.json")], "m")).toMatch(/holds weights/);
    expect(notReady([file("model.safetensors"), file("config.json", 0)], "m")).toBe(
      "config.json is empty: choose it again.",
    );
    expect(notReady([file("model.safetensors")], "  ")).toMatch(/name/);
    for (const weights of ["pytorch_model.bin", "best_model.pt", "ckpt.pth", "models.ckpt"]) {
      expect(notReady([file(weights)], "m")).toBeNull();
    }
  });

  it("know their folder, and leave out what lies deeper", () => {
    const files = [file("config.json", 3, "V1-10M/config.json"), file("x", 3, "V1-10M/a/x")];
    expect(folderOf(files)).toBe("V1-10M");
    expect(inFolder(files).map((f) => f.name)).toEqual(["config.json"]);
    expect(folderOf([file("config.json")])).toBeUndefined();
  });

  it("come out of a dropped folder, which a browser lists in parts", async () => {
    const entry = (name: string) => ({
      isFile: true,
      isDirectory: false,
      name,
      file: (good: (f: File) => void) => good(file(name)),
    });
    const parts = [[entry("a.json")], [entry("b.pt")], []];
    const folder = {
      isFile: false,
      isDirectory: true,
      name: "scgpt",
      createReader: () => ({
        readEntries: (good: (e: unknown[]) => void) => good(parts.shift() ?? []),
      }),
    };
    const transfer = { items: [{ webkitGetAsEntry: () => folder }], files: [] };
    const chosen = await dropped(transfer as unknown as DataTransfer);
    expect(chosen.folder).toBe("scgpt");
    expect(chosen.files.map((f) => f.name)).toEqual(["a.json", "b.pt"]);
  });

  it("are the plain files when no folder was dropped", async () => {
    const files = [file("a.json")];
    const transfer = { items: [{ webkitGetAsEntry: () => null }], files };
    expect(await dropped(transfer as unknown as DataTransfer)).toEqual({ files });
  });
});
