"""Writes the seeds of the fuzz targets: `python3 model/fuzz/seeds/make.py`."""

import gzip
import io
import json
import os
import pickle
import struct
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
PICKLES = os.path.join(HERE, "..", "..", "..", "tests", "data", "pickle")


def write(target, name, contents):
    os.makedirs(os.path.join(HERE, target), exist_ok=True)
    with open(os.path.join(HERE, target, name), "wb") as file:
        file.write(contents)


def tensor(storage, name, shape, strides):
    """The instructions of a tensor, protocol 2."""
    text = lambda t: b"X" + struct.pack("<I", len(t)) + t.encode()
    numbers = lambda ns: b"(" + b"".join(b"K" + bytes([n]) for n in ns) + b"t"
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n(("
        + text("storage") + b"ctorch\n" + storage + b"\n" + text(name) + text("cpu") + b"K\x06tQK\x00"
        + numbers(shape) + numbers(strides) + b"\x89ccollections\nOrderedDict\n)RtR"
    )


for name in ["plain_p0", "plain_p2", "plain_p4", "numpy_p2", "numpy_p4", "evil_system", "a_set"]:
    with open(os.path.join(PICKLES, name + ".pkl"), "rb") as file:
        write("pickle", name, file.read())

state = (
    b"\x80\x02ccollections\nOrderedDict\n)R(X\x01\0\0\0a" + tensor(b"FloatStorage", "0", [2, 3], [3, 1])
    + b"X\x01\0\0\0b" + tensor(b"LongStorage", "1", [1], [1]) + b"u."
)
write("pickle", "state_dict", state)

floats, longs = struct.pack("<6f", *range(6)), struct.pack("<q", -3)
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as file:
    for name, contents in [
        ("m/data.pkl", state), ("m/byteorder", b"little"), ("m/data/0", floats), ("m/data/1", longs)
    ]:
        file.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), contents)
write("container", "zip", b"\x01" + archive.getvalue())
magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
legacy = magic + pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2) + state
legacy += pickle.dumps(["0", "1"], 2) + struct.pack("<Q", 6) + floats + struct.pack("<Q", 1) + longs
write("container", "legacy", b"\x01" + legacy)
header = json.dumps({
    "__metadata__": {"format": "pt"},
    "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
    "b": {"dtype": "I64", "shape": [1], "data_offsets": [24, 32]},
    "c": {"dtype": "BF16", "shape": [0], "data_offsets": [32, 32]},
}).encode()
write("container", "safetensors", b"\x00" + struct.pack("<Q", len(header)) + header + floats + longs)

csv = b"ensembl_id,token_id,nonzero_median,symbol\n<pad>,0,,\n<mask>,1,,\n<cls>,2,,\n<eos>,3,,\n"
csv += b"ENSG00000107485,4,1.25,GATA3\nENSG00000141510,5,0.5,TP53\n"
write("vocabulary", "geneformer_csv", b"\x00" + csv)
write("vocabulary", "geneformer_csv_gz", b"\x00" + gzip.compress(csv, mtime=0))
tokens = {"<pad>": 0, "<mask>": 1, "ENSG00000107485": 2}
write("vocabulary", "geneformer_pickle", b"\x01" + pickle.dumps(tokens, 4))

write("gene_lists", "scgpt", b"\x00" + b'{"<pad>":0,"<cls>":1,"<eoc>":2,"GATA3":3,"TBX21":4}')
write("gene_lists", "scbert", b"\x01GATA3\nTBX21\nFOXP3\n")
write("gene_lists", "scfoundation", b"\x02gene_name\tindex\nGATA3\t0\nTBX21\t1\n")
