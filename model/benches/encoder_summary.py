"""Reads the JSON lines of a benchmark's rounds (stdin), writes one summary (stdout).

Speed is the median over rounds. A ratio is the median over rounds of nextwell's speed over the
reference's in the same round, so that a slow spell of the machine counts for both sides.
"""

import json
import statistics
import sys

MOST_DIFFERENT = 1e-4

runs = {}
for line in sys.stdin:
    run = json.loads(line)
    runs.setdefault(run["name"], []).append(run)
ours = runs["nextwell"]
for name, theirs in runs.items():
    pairs = zip(ours[0]["last_hidden"], theirs[0]["last_hidden"], strict=True)
    if not all(abs(a - b) <= MOST_DIFFERENT for a, b in pairs):
        sys.exit(f"{name} and nextwell computed different hidden states: nothing was measured")


def speeds(name):
    return [run["sequences_per_second"] for run in runs[name]]


ratios = {
    f"nextwell/{name}": statistics.median(
        a / b for a, b in zip(speeds("nextwell"), speeds(name), strict=True)
    )
    for name in runs
    if name != "nextwell"
}
summary = {
    "name": "encoder",
    "shape": "6 layers, 256 wide, 4 heads, FFN 512, f32, no vocabulary head",
    "tokens": ours[0]["tokens"],
    "sequences": ours[0]["sequences"],
    "threads": ours[0]["threads"],
    "rounds": len(ours),
    "sequences_per_second": {name: statistics.median(speeds(name)) for name in runs},
    "ratio": ratios,
    "torch": next((run["torch"] for run in runs.get("torch-sdpa", []) if "torch" in run), None),
    "runs": [run for group in runs.values() for run in group],
}
json.dump(summary, sys.stdout, indent=2)
print()
