import { ProblemError, problemOfStatus } from "./problem";

/** How much of the request has left this machine. */
export type Sent = { loaded: number; total: number };

type Options = { onProgress?: (sent: Sent) => void; signal?: AbortSignal };

/**
 * Posts a form and tells how far it is: `fetch` cannot, and a checkpoint takes minutes.
 *
 * Throws a [`ProblemError`] when the server refuses, and a `TypeError`, as `fetch` does, when it
 * does not answer. An abort rejects with the signal's reason.
 */
export function sendForm<T>(path: string, form: FormData, options: Options = {}): Promise<T> {
  const { onProgress, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    signal?.addEventListener("abort", stop, { once: true });
    request.upload.onprogress = ({ loaded, total }) => onProgress?.({ loaded, total });
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) return resolve(answer as T);
      reject(new ProblemError(problemOfStatus(request, answer)));
    };
    request.onerror = () => reject(new TypeError("the connection was lost"));
    request.onabort = () => reject(signal?.reason ?? new TypeError("stopped"));
    request.onloadend = () => signal?.removeEventListener("abort", stop);
    request.open("POST", path);
    request.send(form);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
