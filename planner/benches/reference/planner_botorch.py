"""The same fit and round with BoTorch: its default call, and an expert's loop.

Arguments: folder with x.csv, y.csv and pool.csv, picks of a round, seconds for the default call.
Prints one JSON line.
"""

import json
import sys
import time
import warnings

import numpy as np
import torch
from botorch.acquisition import LogExpectedImprovement, qLogExpectedImprovement
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.transforms import Standardize
from botorch.optim import optimize_acqf_discrete
from gpytorch.mlls import ExactMarginalLogLikelihood

warnings.filterwarnings("ignore")
folder, picks, patience = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])


def read(name):
    return torch.tensor(np.loadtxt(f"{folder}/{name}.csv", delimiter=",", ndmin=2))


x, y, pool = read("x"), read("y"), read("pool")
model = SingleTaskGP(x, y, outcome_transform=Standardize(m=1))
mll = ExactMarginalLogLikelihood(model.likelihood, model)
start = time.time()
fit_gpytorch_mll(mll)
fit = time.time() - start
mll.train()
objective = float(mll(model(*model.train_inputs), model.train_targets))
mll.eval()
best = float(y.max())


class Patience(Exception):
    pass


# The default call: one pick after another, qLogEI with 512 samples, all candidates at once.
from botorch.sampling import SobolQMCNormalSampler  # noqa: E402

default_picks, start = 0, time.time()
while time.time() - start < patience and default_picks < picks:
    wanted = default_picks + 1
    begin = time.time()
    acquisition = qLogExpectedImprovement(
        model, best, sampler=SobolQMCNormalSampler(torch.Size([512]), seed=0)
    )
    with torch.no_grad():
        optimize_acqf_discrete(acquisition, q=wanted, choices=pool, max_batch_size=2048)
    last = time.time() - begin
    default_picks = wanted
    # Each call makes all picks again: the last one tells the time of so many picks.
    if last > patience / 2:
        break
default_seconds = last

# An expert's loop: joint chunks, LogEI, the pick believed to give its mean.
chunk = 2048
expert = model
chosen, start = [], time.time()
with torch.no_grad():
    while len(chosen) < picks and time.time() - start < 2 * patience:
        values = torch.empty(len(pool))
        for at in range(0, len(pool), chunk):
            posterior = expert.posterior(pool[at : at + chunk])
            mean = posterior.mean.squeeze(-1)
            sd = posterior.variance.squeeze(-1).clamp_min(1e-18).sqrt()
            u = (mean - best) / sd
            from botorch.acquisition.analytic import _log_ei_helper

            values[at : at + chunk] = _log_ei_helper(u) + sd.log()
        if chosen:
            values[chosen] = -torch.inf
        pick = int(values.argmax())
        chosen.append(pick)
        point = pool[pick : pick + 1]
        believed = expert.posterior(point).mean
        expert = expert.condition_on_observations(point, believed)
expert_seconds = time.time() - start
print(
    json.dumps(
        {
            "who": "botorch",
            "fit_s": fit,
            "objective": objective,
            "default_picks": default_picks,
            "default_s": default_seconds,
            "expert_picks": len(chosen),
            "expert_s": expert_seconds,
            "picks": chosen[:8],
        }
    )
)
