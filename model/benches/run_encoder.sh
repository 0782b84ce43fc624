#!/usr/bin/env bash
# Encoder speed beside PyTorch: same machine, same cores, same weights, in turns.
# Writes target/bench/encoder.json. Sizes by environment: TOKENS, SEQUENCES, REPETITIONS, ROUNDS,
# THREADS. Python packages go to target/bench/venv, once.
set -euo pipefail
cd "$(dirname "$0")/../.."
tokens=${TOKENS:-2048}
sequences=${SEQUENCES:-8}
repetitions=${REPETITIONS:-3}
rounds=${ROUNDS:-5}
threads=${THREADS:-$(nproc)}
out=target/bench
venv=$out/venv
checkpoint=$out/v1_10m
mkdir -p "$out"

if ! "$venv/bin/python" -c 'import torch, transformers' 2>/dev/null; then
  echo "installing torch and transformers into $venv (once)" >&2
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet torch transformers
fi
[ -f "$checkpoint/config.json" ] || "$venv/bin/python" model/benches/encoder_torch.py make "$checkpoint"

cargo build --quiet --release -p nextwell-model --example bench_encoder
binary=${CARGO_TARGET_DIR:-target}/release/examples/bench_encoder

cores=0-$((threads - 1))
pin() { if command -v taskset >/dev/null; then taskset -c "$cores" "$@"; else "$@"; fi; }
lines=$out/encoder.jsonl
: >"$lines"
for round in $(seq "$rounds"); do
  echo "round $round of $rounds" >&2
  RAYON_NUM_THREADS=$threads pin "$binary" "$tokens" "$sequences" "$repetitions" "$checkpoint" >>"$lines"
  OMP_NUM_THREADS=$threads pin "$venv/bin/python" model/benches/encoder_torch.py \
    time "$checkpoint" "$tokens" "$sequences" "$repetitions" "$threads" >>"$lines"
done
"$venv/bin/python" model/benches/encoder_summary.py <"$lines" >"$out/encoder.json.partial"
mv "$out/encoder.json.partial" "$out/encoder.json"
"$venv/bin/python" - "$out/encoder.json" <<'PY'
import json
import sys

summary = json.load(open(sys.argv[1]))
print(f"{summary['tokens']} tokens, {summary['threads']} thread(s), {summary['rounds']} round(s)")
for name, speed in summary["sequences_per_second"].items():
    print(f"  {name}: {speed:.2f} sequences/s")
for name, ratio in summary["ratio"].items():
    print(f"  {name}: {ratio:.2f}")
PY
