/** The files of one checkpoint's directory, as they were dropped or chosen. */

/** Files that hold weights, by the names they are published under. */
const WEIGHTS = /\.(safetensors|bin|pt|pth|ckpt)$/i;

/** Configurations, vocabularies, gene lists and knowledge. */
const DESCRIPTIONS = /\.(json|csv|csv\.gz|tsv|txt|pickle|pkl|npy|npz)$/i;

/** Whether the server takes a file of this name: a read-me beside the weights it refuses. */
export const isModelFile = (name: string) =>
  /^\w[\w.-]*$/.test(name) && (WEIGHTS.test(name) || DESCRIPTIONS.test(name));

export type Chosen = { files: File[]; folder?: string };

/** The chosen files with those added that can belong to a model; the newest of a name counts. */
export function added(old: readonly File[], more: readonly File[]): File[] {
  const byName = new Map(old.map((file) => [file.name, file]));
  for (const file of more) if (isModelFile(file.name)) byName.set(file.name, file);
  return [...byName.values()].sort((a, b) => a.name.localeCompare(b.name, "en"));
}

export const totalBytes = (files: readonly File[]) =>
  files.reduce((sum, file) => sum + file.size, 0);

/** What keeps the files from being sent; `null` when nothing does. */
export function notReady(files: readonly File[], name: string): string | null {
  if (files.length === 0) return "Choose the files of one checkpoint directory.";
  if (!files.some((file) => WEIGHTS.test(file.name)))
    return "None of these files holds weights: add the .safetensors, .bin, .pt, .pth or .ckpt file.";
  const empty = files.find((file) => file.size === 0);
  if (empty) return `${empty.name} is empty: choose it again.`;
  if (name.trim() === "") return "Give the model a name.";
  return null;
}

/** The folder that chosen files came from, when the browser tells. */
export function folderOf(files: readonly File[]): string | undefined {
  const path = files[0]?.webkitRelativePath ?? "";
  const parts = path.split("/");
  return parts.length > 1 ? parts[0] : undefined;
}

/** Files directly inside the chosen folder: a checkpoint's directory is flat. */
export const inFolder = (files: readonly File[]) =>
  files.filter((file) => (file.webkitRelativePath || file.name).split("/").length <= 2);

type Entry = {
  isFile: boolean;
  isDirectory: boolean;
  name: string;
  file?: (good: (file: File) => void, bad: (error: unknown) => void) => void;
  createReader?: () => {
    readEntries: (good: (entries: Entry[]) => void, bad: (error: unknown) => void) => void;
  };
};

const fileOf = (entry: Entry) =>
  new Promise<File>((good, bad) => {
    if (entry.file) entry.file(good, bad);
    else bad(new Error(`${entry.name} cannot be read`));
  });

async function entriesOf(folder: Entry): Promise<Entry[]> {
  const reader = folder.createReader?.();
  const all: Entry[] = [];
  if (!reader) return all;
  // A browser gives at most 100 entries at a time and an empty list at the end.
  for (;;) {
    const some = await new Promise<Entry[]>((good, bad) => reader.readEntries(good, bad));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** What was dropped: files, or the files directly inside one folder. */
export async function dropped(transfer: DataTransfer): Promise<Chosen> {
  // Entries must be taken before the first wait: the browser empties the list after the event.
  const entries = [...(transfer.items ?? [])].map(
    (item) => (item.webkitGetAsEntry?.() ?? null) as Entry | null,
  );
  const folder = entries.find((entry) => entry?.isDirectory);
  if (!folder) return { files: [...transfer.files] };
  const inside = (await entriesOf(folder)).filter((entry) => entry.isFile);
  return { files: await Promise.all(inside.map(fileOf)), folder: folder.name };
}
