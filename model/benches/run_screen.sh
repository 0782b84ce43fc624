#!/usr/bin/env bash
# Deletions of one cell beside PyTorch: same machine, same cores, same weights, in turns.
# Writes target/bench/screen.json. Sizes by environment: TOKENS, DELETIONS, REFERENCE (deletions
# that the slow reference is timed on), ROUNDS, THREADS. Python packages go to target/bench/venv.
set -euo pipefail
cd "$(dirname "$0")/../.."
tokens=${TOKENS:-2048}
deletions=${DELETIONS:-200}
reference=${REFERENCE:-50}
rounds=${ROUNDS:-2}
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

cargo build --quiet --release -p nextwell-model --example bench_screen
binary=${CARGO_TARGET_DIR:-target}/release/examples/bench_screen

cores=0-$((threads - 1))
pin() { if command -v taskset >/dev/null; then taskset -c "$cores" "$@"; else "$@"; fi; }
torch() {
  OMP_NUM_THREADS=$threads pin "$venv/bin/python" model/benches/reference/screen_torch.py \
    "$1" "$checkpoint" "$tokens" "$deletions" "$2" "$threads"
}
lines=$out/screen.jsonl
: >"$lines"
for round in $(seq "$rounds"); do
  echo "round $round of $rounds" >&2
  RAYON_NUM_THREADS=$threads pin "$binary" "$checkpoint" "$tokens" "$deletions" >>"$lines"
  torch careful "$deletions" >>"$lines"
  torch reference "$reference" >>"$lines"
done
"$venv/bin/python" model/benches/screen_summary.py <"$lines" >"$out/screen.json.partial"
mv "$out/screen.json.partial" "$out/screen.json"
"$venv/bin/python" - "$out/screen.json" <<'PY'
import json
import sys

s = json.load(open(sys.argv[1]))
print(f"{s['tokens']} tokens, {s['deletions']} deletions, {s['threads']} threads, {s['rounds']} rounds")
print(f"  nextwell  {s['nextwell_per_s']:.2f} deletions/s, {s['peak_bytes'] / 1e6:.0f} MB")
print(f"  careful   {s['careful_per_s']:.2f} deletions/s (batch {s['careful_batch']})")
print(f"  reference {s['reference_per_s']:.2f} deletions/s (batch {s['reference_batch']}, "
      f"{s['reference_deletions_timed']} timed, {s['reference_peak_bytes'] / 1e9:.1f} GB)")
print(f"  nextwell / careful {s['nextwell_over_careful']:.2f}, "
      f"nextwell / reference {s['nextwell_over_reference']:.2f}")
print(f"  gradient: all {s['tokens']} deletions in {s['gradient_seconds']:.1f} s, "
      f"{s['gradient_over_exact']:.0f} times faster than exact, "
      f"{s['gradient_peak_bytes'] / 1e6:.0f} MB")
PY
