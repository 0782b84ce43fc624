"""Reads the JSON lines of the families benchmark (stdin), prints a table (stderr) and JSON (stdout).

A ratio is the median over rounds of nextwell's speed over torch's in the same round. Nothing is
reported for a family whose two sides computed different embeddings.
"""

import json
import statistics
import sys

MOST_DIFFERENT = 1e-4

groups = {}
for line in sys.stdin:
    run = json.loads(line)
    groups.setdefault((run["family"], run["size"]), {}).setdefault(run["name"], []).append(run)

rows = []
for (family, size), sides in groups.items():
    ours, theirs = sides["nextwell"], sides["torch"]
    pairs = zip(ours[0]["embedding"], theirs[0]["embedding"], strict=True)
    apart = max(abs(a - b) for a, b in pairs)
    if apart > MOST_DIFFERENT:
        sys.exit(f"{family} {size}: embeddings differ by {apart}: nothing was measured")
    middle = lambda runs, key: statistics.median(run[key] for run in runs)
    speeds = [(a["cells_per_second"], b["cells_per_second"]) for a, b in zip(ours, theirs, strict=True)]
    rows.append(
        {
            "family": family,
            "size": size,
            "parameters": ours[0]["parameters"],
            "tokens": ours[0]["tokens"],
            "load_seconds": [middle(ours, "load_seconds"), middle(theirs, "load_seconds")],
            "peak_mib": [middle(ours, "peak_mib"), middle(theirs, "peak_mib")],
            "cells_per_second": [middle(ours, "cells_per_second"), middle(theirs, "cells_per_second")],
            "ratio": statistics.median(a / b for a, b in speeds),
            "embedding_difference": apart,
        }
    )

print("| model | parameters | tokens | load s (torch) | peak MiB (torch) | cells/s (torch) | ratio |", file=sys.stderr)
print("|---|---|---|---|---|---|---|", file=sys.stderr)
for row in rows:
    two = lambda key, digits: "{:.{d}f} ({:.{d}f})".format(*row[key], d=digits)
    print(
        f"| {row['family']} {row['size']} | {row['parameters'] / 1e6:.1f} M | {row['tokens']:,} "
        f"| {two('load_seconds', 2)} | {two('peak_mib', 0)} | {two('cells_per_second', 3)} "
        f"| {row['ratio']:.2f} |",
        file=sys.stderr,
    )
json.dump({"name": "families", "rows": rows}, sys.stdout, indent=2)
print()
