"""Writes the pickles that the tests of nextwell-model's pickle reader read: `python3 make.py`.

Needs Python's standard library only. NumPy's and PyTorch's classes are stood in for by classes of
the same names, because a pickle names a class and does not hold it.
"""

import collections
import os
import pickle
import struct
import sys
import types
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))


def stand_in(module, name):
    """A function that pickles as `module.name`."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        full = ".".join(parts[:end])
        sys.modules.setdefault(full, types.ModuleType(full))

    def call(*args):
        raise NotImplementedError

    call.__module__, call.__name__, call.__qualname__ = module, name, name
    setattr(sys.modules[module], name, call)
    return call


class Made:
    """An object that pickles as a call, with an optional state."""

    def __init__(self, call, args, state=None):
        self.parts = (call, args) if state is None else (call, args, state)

    def __reduce__(self):
        return self.parts


dtype = stand_in("numpy", "dtype")
ndarray = stand_in("numpy", "ndarray")


def numpy_dtype(code, order="<", size=-1, align=-1):
    return Made(dtype, (code, False, True), (3, order, None, None, None, size, align, 0))


def save(name, value, protocol):
    with open(os.path.join(HERE, name + ".pkl"), "wb") as file:
        pickle.dump(value, file, protocol=protocol)


shared = ["once"]
plain = {
    "ints": [0, 1, -1, 255, 65535, -2**31, 2**40, -2**63, 2**63 - 1],
    "long": 2**70,
    "floats": [0.5, -1e300, float("inf")],
    "bools": [True, False, None],
    "text": "caf\u00e9 \u0416 \U0001f600 \\ \n end",
    "bytes": b"\x00\xff\x80",
    "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
    "nested": {"a": {"b": {7: "seven"}}},
    "ordered": collections.OrderedDict([("z", 1), ("a", 2)]),
    "shared": [shared, shared],
}
for protocol in range(6):
    save(f"plain_p{protocol}", plain, protocol)

for where in ("numpy.core", "numpy._core"):
    scalar = stand_in(where + ".multiarray", "scalar")
    reconstruct = stand_in(where + ".multiarray", "_reconstruct")
    from_buffer = stand_in(where + ".numeric", "_frombuffer")

    def array(shape, kind, data):
        return Made(reconstruct, (ndarray, (0,), b"b"), (1, shape, kind, False, data))

    f8, i8 = numpy_dtype("f8"), numpy_dtype("i8")
    names = "".join(n.ljust(6, "\0") for n in ["B", "T", "NK \u00e9"])
    values = {
        "f8": Made(scalar, (f8, struct.pack("<d", 2.25))),
        "f4": Made(scalar, (numpy_dtype("f4"), struct.pack("<f", -0.5))),
        "big": Made(scalar, (numpy_dtype("f8", ">"), struct.pack(">d", 3.5))),
        "i8": Made(scalar, (i8, struct.pack("<q", -7))),
        "u1": Made(scalar, (numpy_dtype("u1", "|"), b"\xfe")),
        "bool": Made(scalar, (numpy_dtype("b1", "|"), b"\x01")),
        "floats": array((2, 2), f8, struct.pack("<4d", 1, 2, 3, 4)),
        "ints": array((3,), numpy_dtype("i2"), struct.pack("<3h", -1, 0, 300)),
        "names": array((3,), numpy_dtype("U6", "<", 24, 4), names.encode("utf-32-le")),
        "objects": array((2,), numpy_dtype("O8", "|"), ["B cell", "T cell"]),
        "buffer": Made(from_buffer, (struct.pack("<2d", 5, 6), f8, (2,), "C")),
    }
    for protocol in (2, 4):
        if (where, protocol) in (("numpy.core", 2), ("numpy._core", 4)):
            save(f"numpy_p{protocol}", values, protocol)

# Files that a reader must refuse.
save("evil_system", Made(os.system, ("touch nextwell-was-here",)), 2)
save("evil_eval", [1, Made(eval, ("1+1",))], 4)
save("object", Made(stand_in("argparse", "Namespace"), ()), 2)
save("a_set", {1, 2}, 4)

with zipfile.ZipFile(os.path.join(HERE, "evil_state_dict.pt"), "w") as file:
    evil = {"weight": Made(os.system, ("touch nextwell-was-here",))}
    entry = zipfile.ZipInfo("archive/data.pkl", (1980, 1, 1, 0, 0, 0))
    file.writestr(entry, pickle.dumps(evil, protocol=2))
