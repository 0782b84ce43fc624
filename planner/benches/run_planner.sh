#!/usr/bin/env bash
# A fit and a round of the planner beside BoTorch: same machine, same cores, same data.
# Writes target/bench/planner.json. Sizes by environment: N, D, M, Q, PATIENCE (seconds for
# BoTorch's default call), THREADS. Python packages go to target/bench/venv.
set -euo pipefail
cd "$(dirname "$0")/../.."
n=${N:-640} d=${D:-50} m=${M:-18000} q=${Q:-128}
patience=${PATIENCE:-120}
threads=${THREADS:-$(nproc)}
out=target/bench
venv=$out/venv
data=$out/planner
mkdir -p "$data"
if ! "$venv/bin/python" -c 'import botorch' 2>/dev/null; then
  echo "installing botorch into $venv (once)" >&2
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet botorch
fi
cargo build --quiet --release -p nextwell-planner --example bench_planner
binary=${CARGO_TARGET_DIR:-target}/release/examples/bench_planner
cores=0-$((threads - 1))
pin() { if command -v taskset >/dev/null; then taskset -c "$cores" "$@"; else "$@"; fi; }
lines=$out/planner.jsonl
RAYON_NUM_THREADS=$threads pin "$binary" "$data" "$n" "$d" "$m" "$q" >"$lines"
OMP_NUM_THREADS=$threads pin "$venv/bin/python" planner/benches/reference/planner_botorch.py \
  "$data" "$q" "$patience" >>"$lines"
"$venv/bin/python" - "$lines" "$q" >"$out/planner.json" <<'PY'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
q = int(sys.argv[2])
ours, theirs = lines
# Time by pick grows; extrapolating linearly from the picks that fitted flatters the reference.
default = theirs["default_s"] / theirs["default_picks"] * q
expert = theirs["expert_s"] / theirs["expert_picks"] * q
print(json.dumps({
    "fit_ratio": theirs["fit_s"] / ours["fit_s"],
    "fit_s": ours["fit_s"],
    "botorch_fit_s": theirs["fit_s"],
    "objective_difference": ours["objective"] - theirs["objective"],
    "round_ratio_default": default / ours["round_s"],
    "default_picks_timed": theirs["default_picks"],
    "round_ratio_expert": expert / ours["round_s"],
    "expert_picks_timed": theirs["expert_picks"],
    "round_s": ours["round_s"],
    "peak_mb": ours["peak_mb"],
    "same_first_picks": ours["picks"] == theirs["picks"],
}, indent=2))
PY
cat "$out/planner.json"
