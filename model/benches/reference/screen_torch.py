"""The reference side of the screen benchmark: deletions of one cell with PyTorch on the CPU.

    screen_torch.py reference DIR TOKENS DELETIONS RUN THREADS
    screen_torch.py careful   DIR TOKENS DELETIONS RUN THREADS

`reference` is the published procedure: BertForMaskedLM with its vocabulary head, eager attention,
all layers and all hidden states, batches of 100 or the largest that fits. `careful` is what a
careful person would write with the same packages: no head, fused attention, no layer after the one
that is read, the best of several batch sizes. Both pool the mean over genes of the second to last
layer. RUN deletions of the DELETIONS are timed. Prints one JSON line; installs nothing.
"""

import json
import resource
import sys
import time

try:
    import torch
    from transformers import BertForMaskedLM, BertModel, logging
except ImportError as error:
    sys.exit(f"missing: {error.name}; install the packages torch and transformers for this Python")

BATCHES = {"reference": [100, 50, 25, 10, 5], "careful": [1, 2, 4, 8]}
# Logits of one token: vocabulary x 4 bytes; batches whose logits would not fit are not tried.
ROOM = 0.6


def memory():
    with open("/proc/meminfo") as lines:
        values = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}
    return values["MemAvailable"]


def load(kind, directory):
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    if kind == "reference":
        return BertForMaskedLM.from_pretrained(
            directory, attn_implementation="eager", output_hidden_states=True
        ).eval()
    model = BertModel.from_pretrained(
        directory, attn_implementation="sdpa", add_pooling_layer=False
    ).eval()
    model.encoder.layer = model.encoder.layer[:-1]
    return model


def pooled(kind, model, ids):
    out = model(input_ids=ids, attention_mask=torch.ones_like(ids) if kind == "reference" else None)
    state = out.hidden_states[-2] if kind == "reference" else out.last_hidden_state
    return state.mean(dim=1)


def fits(kind, model, batch, tokens):
    if kind == "careful":
        return True
    config = model.config
    # Logits with one copy, and attention of one layer with two.
    logits = 2 * batch * tokens * config.vocab_size * 4
    attention = 3 * batch * config.num_attention_heads * tokens * tokens * 4
    return logits + attention < ROOM * memory()


@torch.inference_mode()
def main(kind, directory, tokens, deletions, run, threads):
    torch.set_num_threads(threads)
    model = load(kind, directory)
    genes = model.config.vocab_size - 2
    cell = [2 + i * 7919 % genes for i in range(tokens)]
    edited = []
    for deletion in range(deletions):
        place = deletion * tokens // deletions
        edited.append(cell[:place] + cell[place + 1 :])
    sizes = [size for size in BATCHES[kind] if size <= run and fits(kind, model, size, tokens)]
    if kind == "reference":
        sizes = sizes[:1] or [1]
    elif len(sizes) > 1:
        # The best batch on a few deletions is then timed on all.
        probe = torch.tensor(edited[: max(sizes)])
        took = {}
        for size in sizes:
            start = time.perf_counter()
            for part in probe.split(size):
                pooled(kind, model, part)
            took[size] = time.perf_counter() - start
        sizes = [min(took, key=took.get)]
    ids = torch.tensor(edited[:run])
    first = pooled(kind, model, ids[:1])[0, :8]
    start = time.perf_counter()
    for part in ids.split(sizes[0]):
        pooled(kind, model, part)
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            {
                "name": kind,
                "deletions_per_second": run / seconds,
                "seconds": seconds,
                "tokens": tokens,
                "deletions": run,
                "batch": sizes[0],
                "threads": threads,
                "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "embedding": first.tolist(),
                "torch": torch.__version__,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    if len(sys.argv) != 7 or sys.argv[1] not in BATCHES:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
