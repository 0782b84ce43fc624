"""The same fit and round with BoTorch: its default calls, a careful user's fit, an expert's loop.

Arguments: folder with x.csv, y.csv, pool.csv and theta.csv (the other side's hyperparameters), picks
of a round, seconds for the default call, the other side's objective per point, seconds for the
careful fit. Prints one JSON line. Fits are judged by their objective, (log likelihood + log priors) /
n, at every evaluation; rounds start from the other side's hyperparameters, so that both score the
same posterior.
"""

import json
import sys
import time
import warnings

import numpy as np
import torch
from botorch.acquisition import LogExpectedImprovement, qLogExpectedImprovement
from botorch.acquisition.analytic import _log_ei_helper
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.transforms import Standardize
from botorch.optim import optimize_acqf_discrete
from botorch.optim.closures import get_loss_closure_with_grads
from botorch.sampling import SobolQMCNormalSampler
from gpytorch.mlls import ExactMarginalLogLikelihood

warnings.filterwarnings("ignore")
folder, picks, patience = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
rival, careful_patience = float(sys.argv[4]), float(sys.argv[5])


def read(name):
    return torch.tensor(np.loadtxt(f"{folder}/{name}.csv", delimiter=",", ndmin=2))


x, y, pool = read("x"), read("y"), read("pool")
best = float(y.max())


def new_model():
    model = SingleTaskGP(x, y, outcome_transform=Standardize(m=1))
    return model, ExactMarginalLogLikelihood(model.likelihood, model)


class Trace:
    """A fit whose every evaluation is recorded, without an evaluation more."""

    def __init__(self, **kwargs):
        self.model, self.mll = new_model()
        self.mll.train()
        parameters = {n: p for n, p in self.mll.named_parameters() if p.requires_grad}
        inner = get_loss_closure_with_grads(self.mll, parameters=parameters)
        self.values, self.times = [], []
        start, cpu = time.time(), time.process_time()

        def closure():
            result = inner()
            self.values.append(-float(result[0].detach()))
            self.times.append(time.time() - start)
            return result

        try:
            fit_gpytorch_mll(self.mll, closure=closure, **kwargs)
            self.error = ""
        except Exception as error:  # A fit that gives up still has its trace.
            self.error = str(error)
        self.seconds, self.cpu = time.time() - start, time.process_time() - cpu
        self.objective = max(v for v in self.values if np.isfinite(v))

    def reached(self, objective):
        """Seconds until an evaluation was as good; None if none was."""
        hit = (t for t, v in zip(self.times, self.values) if v >= objective)
        return next(hit, None)

    def report(self):
        return {
            "s": self.seconds,
            "cpu_s": self.cpu,
            "evaluations": len(self.values),
            "objective": self.objective,
            "error": self.error,
            "s_to_rival": self.reached(rival - 1e-4),
            "s_to_own_best": self.reached(self.objective - 1e-4),
        }


default_fit = Trace()
# A careful user tightens the stop, gives more iterations and starts again from the priors, as long
# as the patience lasts, and keeps the best.
careful_fit = Trace(
    optimizer_kwargs={
        "options": {"ftol": 1e-12, "gtol": 1e-6, "maxiter": 10000, "maxfun": 20000},
        "timeout_sec": careful_patience / 3,
    },
    max_attempts=3,
    pick_best_of_all_attempts=True,
)

model, mll = new_model()
theta = read("theta").squeeze(0)
with torch.no_grad():
    model.covar_module.lengthscale = theta[:-2].unsqueeze(0)
    model.likelihood.noise = theta[-2:-1]
    model.mean_module.constant.fill_(float(theta[-1]))
    mll.train()
    same_objective = float(mll(model(*model.train_inputs), model.train_targets))
mll.eval()

# The default call: one pick after another, qLogEI with 512 samples, all candidates at once.
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

# Analytic values of one pick, the default way, as a check of the scores.
with torch.no_grad():
    posterior = model.posterior(pool[:512].unsqueeze(1))
    plain = LogExpectedImprovement(model, best)(pool[:512].unsqueeze(1))

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
            values[at : at + chunk] = _log_ei_helper((mean - best) / sd) + sd.log()
        if not chosen:
            chunks_agree = float((values[:512] - plain).abs().max())
        else:
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
            "fit": default_fit.report(),
            "careful_fit": careful_fit.report(),
            "objective_of_their_theta": same_objective,
            "chunks_agree": chunks_agree,
            "default_picks": default_picks,
            "default_s": default_seconds,
            "expert_picks": len(chosen),
            "expert_s": expert_seconds,
            "picks": chosen[:8],
        }
    )
)
