import { ProblemError, problemOfStatus } from "./problem";

/**
 * Saves a file that the server writes, byte for byte, under the server's name for it.
 *
 * Unlike a plain link it can tell why there is no file: throws a [`ProblemError`] when the server
 * refuses.
 */
export async function saveFile(href: string): Promise<void> {
  const answer = await fetch(href);
  if (!answer.ok) {
    const text = await answer.text();
    throw new ProblemError(problemOfStatus(answer, parsed(text)));
  }
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName(answer.headers.get("content-disposition")) ?? "download";
  link.click();
  URL.revokeObjectURL(address);
}

/** The name in a `Content-Disposition` header. */
export function fileName(disposition: string | null): string | undefined {
  return disposition?.match(/filename="([^"]+)"/)?.[1];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
