"""The reference side of the encoder benchmark: PyTorch and Hugging Face transformers on the CPU.

    encoder_torch.py make DIR           write random weights of the Geneformer V1-10M shape
    encoder_torch.py time DIR TOKENS SEQUENCES REPETITIONS THREADS

`time` prints one JSON line per attention implementation (fused "sdpa", and "eager", which the
published Geneformer screens use). The encoder only: no vocabulary head. Each line is the better of
one sequence at a time and all in one batch. Installs nothing.
"""

import json
import sys
import time

try:
    import torch
    from transformers import BertConfig, BertForMaskedLM, BertModel, logging
except ImportError as error:
    sys.exit(f"missing: {error.name}; install the packages torch and transformers for this Python")


def make(directory):
    """V1-10M: 6 layers, 256 wide, 4 heads, FFN 512, relu, 2,048 positions, 25,426 tokens."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=25426,
        hidden_size=256,
        num_hidden_layers=6,
        num_attention_heads=4,
        intermediate_size=512,
        max_position_embeddings=2048,
        hidden_act="relu",
        layer_norm_eps=1e-12,
        hidden_dropout_prob=0.02,
        attention_probs_dropout_prob=0.02,
        pad_token_id=0,
        # transformers 5 dropped this default; readers of config.json still want to see it.
        position_embedding_type="absolute",
    )
    BertForMaskedLM(config).save_pretrained(directory, safe_serialization=True)


def fastest(model, ids, size, repetitions):
    """Seconds of each repetition over all sequences, `size` at a time."""
    seconds = []
    for repetition in range(repetitions + 1):
        start = time.perf_counter()
        for part in ids.split(size):
            model(input_ids=part)
        if repetition > 0:  # the first one warms up
            seconds.append(time.perf_counter() - start)
    return seconds


@torch.inference_mode()
def measure(directory, tokens, sequences, repetitions, threads):
    torch.set_num_threads(threads)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for attention in ("sdpa", "eager"):
        model = BertModel.from_pretrained(
            directory, attn_implementation=attention, add_pooling_layer=False
        ).eval()
        genes = model.config.vocab_size - 2
        one = [2 + i * 7919 % genes for i in range(tokens)]
        ids = torch.tensor([one] * sequences)
        runs = [fastest(model, ids, size, repetitions) for size in sorted({1, sequences})]
        seconds = min(runs, key=min)
        last = model(input_ids=ids[:1]).last_hidden_state[0, -1, :8]
        print(
            json.dumps(
                {
                    "name": f"torch-{attention}",
                    "sequences_per_second": sequences / min(seconds),
                    "seconds": seconds,
                    "sequences": sequences,
                    "tokens": tokens,
                    "threads": threads,
                    "last_hidden": last.tolist(),
                    "torch": torch.__version__,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"] and len(sys.argv) == 3:
        make(sys.argv[2])
    elif sys.argv[1:2] == ["time"] and len(sys.argv) == 7:
        measure(sys.argv[2], *map(int, sys.argv[3:]))
    else:
        sys.exit(__doc__)
