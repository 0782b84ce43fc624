"""Reads the JSON lines of the screen benchmark (stdin), writes one summary (stdout).

Speeds are medians over rounds; ratios medians of the ratios within a round, so that a slow spell of
the machine counts for both sides.
"""

import datetime
import json
import platform
import statistics
import sys

MOST_DIFFERENT = 1e-4

runs = {}
for line in sys.stdin:
    run = json.loads(line)
    runs.setdefault(run["name"], []).append(run)
ours = runs["nextwell"]
for name, theirs in runs.items():
    pairs = zip(ours[0]["embedding"], theirs[0]["embedding"], strict=True)
    difference = max(abs(a - b) for a, b in pairs)
    if difference > MOST_DIFFERENT:
        sys.exit(f"{name} and nextwell computed different embeddings ({difference:.1e})")


def speeds(name):
    return [run["deletions_per_second"] for run in runs[name]]


def ratio(name):
    pairs = zip(speeds("nextwell"), speeds(name), strict=True)
    return statistics.median(a / b for a, b in pairs)


exact = statistics.median(speeds("nextwell"))
gradient = statistics.median(run["gradient_seconds"] for run in ours)
tokens = ours[0]["tokens"]
summary = {
    "nextwell_per_s": exact,
    "reference_per_s": statistics.median(speeds("reference")),
    "careful_per_s": statistics.median(speeds("careful")),
    "tokens": tokens,
    "deletions": ours[0]["deletions"],
    "nextwell_over_reference": ratio("reference"),
    "nextwell_over_careful": ratio("careful"),
    "gradient_seconds": gradient,
    "gradient_over_exact": tokens / exact / gradient,
    "reference_batch": runs["reference"][0]["batch"],
    "reference_deletions_timed": runs["reference"][0]["deletions"],
    "careful_batch": runs["careful"][0]["batch"],
    "peak_bytes": max(run["peak_bytes"] for run in ours),
    "gradient_peak_bytes": max(run["gradient_peak_bytes"] for run in ours),
    "reference_peak_bytes": max(run["peak_bytes"] for run in runs["reference"]),
    "threads": runs["careful"][0]["threads"],
    "rounds": len(ours),
    "torch": runs["careful"][0]["torch"],
    "date": datetime.date.today().isoformat(),
    "device": platform.processor() or platform.machine(),
    "runs": [run for group in runs.values() for run in group],
}
json.dump(summary, sys.stdout, indent=2)
print()
