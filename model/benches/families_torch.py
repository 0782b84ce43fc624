"""The reference side of the families benchmark: each family's encoder built from torch's own layers.

    families_torch.py FAMILY DIR CELLS.json REPETITIONS THREADS

Reads the checkpoint that `nextwell models random` wrote (published key names) and the cells that
`bench_family` encoded, prints one JSON line: load time, peak memory, cells per second and the start
of the first cell's embedding, so that both sides are seen to compute the same thing. Embeddings only:
no vocabulary head on either side, fused attention (sdpa) where the family has softmax attention.
"""

import json
import math
import resource
import sys
import time
from pathlib import Path

try:
    import torch
    from safetensors.torch import load_file
    from torch import nn
    from torch.nn import functional as F
except ImportError as error:
    sys.exit(f"missing: {error.name}; install the packages torch and safetensors for this Python")


def put(module, weights, prefix):
    """Loads the tensors below `prefix` into a torch module of the same names."""
    own = {k[len(prefix) :]: v for k, v in weights.items() if k.startswith(prefix)}
    module.load_state_dict(own, strict=True)
    return module.eval()


class BertLayer(nn.Module):
    """Post-norm BERT block on torch's fused attention; names as published."""

    def __init__(self, hidden, heads, ffn, act, eps):
        super().__init__()
        self.heads, self.act = heads, act
        part = lambda i, o: nn.ModuleDict({"dense": nn.Linear(i, o), "LayerNorm": nn.LayerNorm(o, eps)})
        self.attention = nn.ModuleDict(
            {
                "self": nn.ModuleDict({n: nn.Linear(hidden, hidden) for n in ("query", "key", "value")}),
                "output": part(hidden, hidden),
            }
        )
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(hidden, ffn)})
        self.output = part(ffn, hidden)

    def forward(self, x):
        b, t, h = x.shape
        own = self.attention["self"]
        q, k, v = (own[n](x).view(b, t, self.heads, -1).transpose(1, 2) for n in ("query", "key", "value"))
        a = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, t, h)
        out = self.attention["output"]
        x = out["LayerNorm"](x + out["dense"](a))
        y = self.output["dense"](self.act(self.intermediate["dense"](x)))
        return self.output["LayerNorm"](x + y)


def torch_layer(hidden, heads, ffn):
    return nn.TransformerEncoderLayer(hidden, heads, ffn, 0.0, "relu", 1e-5, batch_first=True)


class PerformerLayer(nn.Module):
    """FAVOR+ with the stored projection, one cell at a time, as the reference's formulas say."""

    def __init__(self, weights, prefix, heads):
        super().__init__()
        get = lambda name: weights.get(prefix + name)
        self.heads = heads
        self.p = get("0.fn.fast_attention.projection_matrix")
        self.norms = [(get(f"{i}.norm.weight"), get(f"{i}.norm.bias")) for i in (0, 1)]
        self.qkv = [(get(f"0.fn.to_{n}.weight"), get(f"0.fn.to_{n}.bias")) for n in "qkv"]
        self.out = (get("0.fn.to_out.weight"), get("0.fn.to_out.bias"))
        self.ffn = [(get(f"1.fn.fn.w{i}.weight"), get(f"1.fn.fn.w{i}.bias")) for i in (1, 2)]

    def features(self, x, is_query):
        n = x.shape[-1] ** -0.25
        u = (n * x) @ self.p.t()
        s = (x * x).sum(-1, keepdim=True) * (n * n / 2)
        most = u.amax(-1, keepdim=True) if is_query else u.amax()
        return self.p.shape[0] ** -0.5 * (torch.exp(u - s - most) + 1e-4)

    def forward(self, x):
        t, _ = x.shape
        y = F.layer_norm(x, x.shape[-1:], *self.norms[0], 1e-5)
        q, k, v = (F.linear(y, *p).view(t, self.heads, -1).transpose(0, 1) for p in self.qkv)
        q, k = self.features(q, True), self.features(k, False)
        total = (q @ k.sum(1).unsqueeze(-1))
        a = (q @ (k.transpose(1, 2) @ v)) / total
        x = x + F.linear(a.transpose(0, 1).reshape(t, -1), *self.out)
        y = F.layer_norm(x, x.shape[-1:], *self.norms[1], 1e-5)
        return x + F.linear(F.gelu(F.linear(y, *self.ffn[0])), *self.ffn[1])


def geneformer(directory, weights):
    c = json.loads((directory / "config.json").read_text())
    size = (c["hidden_size"], c["num_attention_heads"], c["intermediate_size"])
    layers = [
        put(BertLayer(*size, F.relu, c["layer_norm_eps"]), weights, f"bert.encoder.layer.{i}.")
        for i in range(c["num_hidden_layers"])
    ]
    e = "bert.embeddings."
    norm = (weights[e + "LayerNorm.weight"], weights[e + "LayerNorm.bias"])
    special = c["vocab_size"] == 20275

    def run(cell):
        ids = torch.tensor(cell["ids"])
        x = weights[e + "word_embeddings.weight"][ids] + weights[e + "position_embeddings.weight"][: len(ids)]
        x = F.layer_norm(x + weights[e + "token_type_embeddings.weight"][0], x.shape[-1:], *norm, c["layer_norm_eps"])
        x = x.unsqueeze(0)
        for layer in layers:
            x = layer(x)
        return x[0, 0] if special else x[0].mean(0)

    return run


def genecompass(directory, weights):
    c = json.loads((directory / "config.json").read_text())
    size = (c["hidden_size"], c["num_attention_heads"], c["intermediate_size"])
    layers = [
        put(BertLayer(*size, F.gelu, c["layer_norm_eps"]), weights, f"bert.encoder.layer.{i}.")
        for i in range(c["num_hidden_layers"])
    ]
    e = "bert.embeddings."
    w = lambda name: (weights[e + name + ".weight"], weights[e + name + ".bias"])
    priors = [p for p in ("promoter", "co_exp", "gene_family", "peca_grn") if e + p + "_knowledge" in weights]
    alpha = weights.get("emb_warmup.alpha", torch.tensor(1.0))

    def run(cell):
        ids, values = torch.tensor(cell["ids"]), torch.tensor(cell["values"])
        parts = [weights[e + "word_embeddings.weight"][ids], values.unsqueeze(1)]
        for p in priors:
            parts.append(alpha * F.linear(weights[e + p + "_knowledge"][ids], *w(p + "_embeddings.linear1")))
        x = F.linear(torch.cat(parts, 1), *w("concat_embeddings.cat_fc"))
        x = F.layer_norm(x, x.shape[-1:], *w("concat_embeddings.cat_ln"), 1e-5)
        x = F.linear(x * torch.sigmoid(1.702 * x), *w("concat_embeddings.cat_proj"))
        x = x + weights[e + "token_type_embeddings.weight"][0] + weights[e + "position_embeddings.weight"][: len(ids)]
        x = F.layer_norm(x, x.shape[-1:], *w("LayerNorm"), c["layer_norm_eps"])
        x = torch.cat([weights["bert.cls_embedding.weight"][0:1], x]).unsqueeze(0)
        for layer in layers:
            x = layer(x)
        return x[0, 0]

    return run


def scgpt(directory, weights):
    c = json.loads((directory / "args.json").read_text())
    size = (c["embsize"], c["nheads"], c["d_hid"])
    layers = [
        put(torch_layer(*size), weights, f"transformer_encoder.layers.{i}.") for i in range(c["nlayers"])
    ]
    w = lambda name: (weights[name + ".weight"], weights[name + ".bias"])
    width = (c["embsize"],)

    def run(cell):
        ids, values = torch.tensor(cell["ids"]), torch.tensor(cell["values"])
        x = F.layer_norm(weights["encoder.embedding.weight"][ids], width, *w("encoder.enc_norm"), 1e-5)
        v = F.relu(F.linear(values.clamp(max=512).unsqueeze(1), *w("value_encoder.linear1")))
        v = F.layer_norm(F.linear(v, *w("value_encoder.linear2")), width, *w("value_encoder.norm"), 1e-5)
        x = (x + v).unsqueeze(0)
        for layer in layers:
            x = layer(x)
        return F.normalize(x[0, 0], dim=0)

    return run


def scfoundation(directory, weights):
    c = json.loads((directory / "config.json").read_text())
    c = c.get("encoder", c)
    hidden = weights["pos_emb.weight"].shape[1]
    depth = len({k.split(".")[2] for k in weights if k.startswith("encoder.transformer_encoder.")})
    ffn = weights["encoder.transformer_encoder.0.linear1.weight"].shape[0]
    heads = int(c.get("heads", c.get("nhead", c.get("encoder_heads", 12))))
    layers = [
        put(torch_layer(hidden, heads, ffn), weights, f"encoder.transformer_encoder.{i}.") for i in range(depth)
    ]
    w = lambda name: (weights[name + ".weight"], weights[name + ".bias"])

    def run(cell):
        ids, values = torch.tensor(cell["ids"]), torch.tensor(cell["values"]).unsqueeze(1)
        a = F.leaky_relu(F.linear(values, *w("token_emb.mlp")), 0.1)
        bins = torch.softmax(a + F.linear(a, *w("token_emb.mlp2")), -1)
        x = bins @ weights["token_emb.emb.weight"] + weights["pos_emb.weight"][ids]
        x = x.unsqueeze(0)
        for layer in layers:
            x = layer(x)
        x = F.layer_norm(x[0], (hidden,), *w("encoder.norm"), 1e-5)
        genes = x[:-2]
        return torch.cat([x[-1], x[-2], genes.amax(0), genes.mean(0)])

    return run


def scbert(directory, weights):
    depth = len({k.split(".")[3] for k in weights if k.startswith("performer.net.layers.")})
    weights = {k: v.float() for k, v in weights.items()}
    first = "performer.net.layers.0.0.fn."
    heads = weights[first + "to_q.weight"].shape[0] // weights[first + "fast_attention.projection_matrix"].shape[1]
    layers = [PerformerLayer(weights, f"performer.net.layers.{i}.", heads) for i in range(depth)]

    def run(cell):
        x = weights["token_emb.weight"][torch.tensor(cell["ids"])] + weights["pos_emb.emb.weight"]
        for layer in layers:
            x = layer(x)
        x = F.layer_norm(x, x.shape[-1:], weights["norm.weight"], weights["norm.bias"], 1e-5)
        return x[:-1].mean(0)

    return run


def main():
    family, directory, cells, repetitions, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    cells = json.loads(Path(cells).read_text())
    start = time.perf_counter()
    run = globals()[family](Path(directory), load_file(Path(directory) / "model.safetensors"))
    load = time.perf_counter() - start
    seconds = []
    with torch.inference_mode():
        embedding = run(cells[0])
        for _ in range(int(repetitions)):
            start = time.perf_counter()
            for cell in cells:
                run(cell)
            seconds.append(time.perf_counter() - start)
    line = {
        "name": "torch",
        "family": family,
        "torch": torch.__version__,
        "load_seconds": load,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "cells_per_second": len(cells) / min(seconds),
        "embedding": embedding[:16].tolist(),
    }
    if not all(math.isfinite(v) for v in line["embedding"]):
        sys.exit("the reference's embedding is not finite")
    print(json.dumps(line))


main()
