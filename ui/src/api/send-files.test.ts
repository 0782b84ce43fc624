import { afterEach, describe, expect, it, vi } from "vitest";
import { toProblem } from "./problem";
import { sendForm } from "./send-files";

/** A request that the test ends as it likes. */
class Wire {
  static last: Wire;
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  status = 0;
  statusText = "";
  responseText = "";
  onload = () => {};
  onerror = () => {};
  onabort = () => {};
  onloadend = () => {};
  open = vi.fn();
  send = vi.fn();
  abort = () => {
    this.onabort();
    this.onloadend();
  };
  constructor() {
    Wire.last = this;
  }
  answer(status: number, text: string) {
    Object.assign(this, { status, responseText: text });
    this.onload();
    this.onloadend();
  }
}

vi.stubGlobal("XMLHttpRequest", Wire);
afterEach(() => vi.stubGlobal("XMLHttpRequest", Wire));

describe("sending files", () => {
  it("tells how much was sent and gives the answer's body", async () => {
    const seen: number[] = [];
    const answer = sendForm("/api/x", new FormData(), {
      onProgress: ({ loaded, total }) => seen.push(loaded / total),
    });
    Wire.last.upload.onprogress?.({ loaded: 1, total: 4 });
    Wire.last.upload.onprogress?.({ loaded: 4, total: 4 });
    Wire.last.answer(201, '{"digest":"ab"}');
    expect(await answer).toEqual({ digest: "ab" });
    expect(seen).toEqual([0.25, 1]);
    expect(Wire.last.open).toHaveBeenCalledWith("POST", "/api/x");
  });

  it("rejects with the server's problem", async () => {
    const answer = sendForm("/api/x", new FormData());
    Wire.last.answer(422, '{"code":"bad_model","title":"Not a model","status":422}');
    expect(toProblem(await answer.catch((e: unknown) => e)).title).toBe("Not a model");
  });

  it("makes a problem of a refusal in plain words", async () => {
    const answer = sendForm("/api/x", new FormData());
    Wire.last.answer(413, "too large");
    expect(toProblem(await answer.catch((e: unknown) => e))).toMatchObject({
      status: 413,
      detail: "too large",
    });
  });

  it("says that the server does not answer when the connection is lost", async () => {
    const answer = sendForm("/api/x", new FormData());
    Wire.last.onerror();
    expect(toProblem(await answer.catch((e: unknown) => e)).code).toBe("no_connection");
  });

  it("stops when it is told to", async () => {
    const control = new AbortController();
    const answer = sendForm("/api/x", new FormData(), { signal: control.signal });
    control.abort("enough");
    await expect(answer).rejects.toBe("enough");
    await expect(sendForm("/api/x", new FormData(), { signal: control.signal })).rejects.toBe(
      "enough",
    );
  });
});
