#!/usr/bin/env bash
# Every family at its published size with random weights, beside torch's own layers: parameters, load
# time, peak memory and cells per second, in turns on the same cores. Writes target/bench/families.json.
# Sizes by environment: CELLS, REPETITIONS, ROUNDS, THREADS, FAMILIES. Python packages go to
# target/bench/venv, once (or set PYTHON).
set -euo pipefail
cd "$(dirname "$0")/../.."
cells=${CELLS:-2}
repetitions=${REPETITIONS:-1}
rounds=${ROUNDS:-3}
threads=${THREADS:-$(nproc)}
out=target/bench
python=${PYTHON:-$out/venv/bin/python}
mkdir -p "$out"

if ! "$python" -c 'import torch, safetensors' 2>/dev/null; then
  echo "installing torch and safetensors into $out/venv (once)" >&2
  python3 -m venv "$out/venv"
  "$out/venv/bin/pip" install --quiet torch safetensors numpy
  python=$out/venv/bin/python
fi

cargo build --quiet --release -p nextwell-model --example bench_family
cargo build --quiet --release -p nextwell
release=${CARGO_TARGET_DIR:-target}/release

# Family, size of `nextwell models random`, expressed genes of a cell (its own usual length).
rows=${FAMILIES:-"geneformer:v1-10m:2048 geneformer:v2-104m:4094 scgpt:published:1199 scbert:published:16906 scfoundation:published:2000 genecompass:published:2048"}
lines=$out/families.jsonl
: >"$lines"
for row in $rows; do
  IFS=: read -r family size genes <<<"$row"
  directory=$out/random/$family-$size
  [ -d "$directory" ] || "$release/nextwell" models random --family "$family" --size "$size" "$directory" >&2
  for round in $(seq "$rounds"); do
    echo "$family $size, round $round of $rounds" >&2
    for side in nextwell torch; do
      if [ "$side" = nextwell ]; then
        RAYON_NUM_THREADS=$threads "$release/examples/bench_family" \
          "$directory" "$genes" "$cells" "$repetitions" default "$out/cells.json"
      else
        OMP_NUM_THREADS=$threads "$python" model/benches/families_torch.py \
          "$family" "$directory" "$out/cells.json" "$repetitions" "$threads"
      fi | sed "s/^{/{\"size\": \"$size\", /" >>"$lines"
    done
  done
done
"$python" model/benches/families_summary.py <"$lines" >"$out/families.json.partial"
mv "$out/families.json.partial" "$out/families.json"
