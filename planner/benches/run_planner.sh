#!/usr/bin/env bash
# A fit and a round of the planner beside BoTorch: same machine, same cores, same data.
# Writes target/bench/planner.json. Sizes by environment: N, D, M, Q, PATIENCE and FIT_PATIENCE
# (seconds for BoTorch's default round and its careful fit), THREADS, REPEATS (medians of ours),
# LARGE (measured) and LARGE_M (candidates); PYTHON names an interpreter that has botorch, otherwise
# packages go to target/bench/venv. ONLY=ours leaves BoTorch out.
set -euo pipefail
cd "$(dirname "$0")/../.."
n=${N:-640} d=${D:-50} m=${M:-18000} q=${Q:-128}
patience=${PATIENCE:-120} fit_patience=${FIT_PATIENCE:-300}
threads=${THREADS:-$(nproc)}
out=target/bench
venv=$out/venv
data=$out/planner
mkdir -p "$data"
python=${PYTHON:-$venv/bin/python}
if [ "${ONLY:-}" != ours ] && ! "$python" -c 'import botorch' 2>/dev/null; then
  echo "installing botorch into $venv (once)" >&2
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet botorch
  python=$venv/bin/python
fi
cargo build --quiet --release -p nextwell-planner --example bench_planner
binary=${CARGO_TARGET_DIR:-target}/release/examples/bench_planner
cores=0-$((threads - 1))
pin() { if command -v taskset >/dev/null; then taskset -c "$cores" "$@"; else "$@"; fi; }
lines=$out/planner.jsonl
export RAYON_NUM_THREADS=$threads OMP_NUM_THREADS=$threads
pin "$binary" round "$data" "$n" "$d" "$m" "$q" "${REPEATS:-3}" >"$lines"
pin "$binary" large "${LARGE:-5000}" "$d" "${LARGE_M:-20000}" "$q" >>"$lines"
if [ "${ONLY:-}" != ours ]; then
  objective=$(python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["objective"])' <"$lines")
  pin "$python" planner/benches/reference/planner_botorch.py \
    "$data" "$q" "$patience" "$objective" "$fit_patience" >>"$lines"
fi
python3 - "$lines" "$q" >"$out/planner.json" <<'PY'
import json, sys

ours, large, *rest = [json.loads(line) for line in open(sys.argv[1])]
q = int(sys.argv[2])
skip = {"who", "picks", "sampled_picks"}
found = {key: value for side in (ours, large) for key, value in side.items() if key not in skip}
for theirs in rest:
    fits = theirs["fit"], theirs["careful_fit"]
    # When BoTorch first had our objective less 1e-4; where it never did, all the time that the better
    # of its fits took, which then flatters it.
    reached = [fit["s_to_rival"] for fit in fits if fit["s_to_rival"] is not None]
    better = max(fits, key=lambda fit: fit["objective"])
    # Time by pick grows; extrapolating linearly from the picks that fitted flatters the reference.
    default = theirs["default_s"] / theirs["default_picks"] * q
    expert = theirs["expert_s"] / theirs["expert_picks"] * q
    found |= {
        "fit_ratio": min(reached, default=better["s"]) / ours["fit_s"],
        "fit_ratio_default": theirs["fit"]["s"] / ours["fit_s"],
        "botorch_reached_our_objective": bool(reached),
        "objective_difference": ours["objective"] - better["objective"],
        "objective_difference_default": ours["objective"] - theirs["fit"]["objective"],
        "botorch_fit": fits[0],
        "botorch_careful_fit": fits[1],
        "same_objective_at_our_theta": abs(theirs["objective_of_their_theta"] - ours["objective"]),
        "round_ratio_default": default / ours["round_s"],
        "sampled_ratio_default": default / ours["sampled_s"],
        "default_picks_timed": theirs["default_picks"],
        "round_ratio_expert": expert / ours["round_s"],
        "expert_picks_timed": theirs["expert_picks"],
        "same_first_picks": ours["picks"] == theirs["picks"],
    }
print(json.dumps(found, indent=2))
PY
cat "$out/planner.json"
