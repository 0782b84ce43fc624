//! The classes and functions that a pickle may name.

/// What a reader lets through beside plain data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// NumPy values and ordered dictionaries.
    Data,
    /// These, and descriptions of PyTorch's tensors.
    Tensors,
}

/// What the reader does for a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// `collections.OrderedDict`: a dict.
    OrderedDict,
    /// `_codecs.encode`: how protocols 0 to 2 write bytes.
    Encode,
    /// `numpy.dtype`
    Dtype,
    /// `numpy.ndarray`, only as an argument.
    NdArray,
    /// `numpy.core.multiarray.scalar`
    Scalar,
    /// `numpy.core.multiarray._reconstruct`
    Reconstruct,
    /// `numpy.core.numeric._frombuffer`
    FromBuffer,
    /// One of PyTorch's: a call of it is kept as a description.
    Opaque,
}

/// A class that is on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Class {
    /// Module and name, joined by a dot.
    name: Box<str>,
    pub meaning: Meaning,
}

impl Class {
    /// The class `module.name`, or its full name when it is not on the list.
    pub fn find(module: &str, name: &str, allowed: Allowed) -> Result<Self, String> {
        let full = format!("{module}.{name}");
        let meaning = meaning(module, name).or_else(|| {
            (allowed == Allowed::Tensors && of_torch(&full)).then_some(Meaning::Opaque)
        });
        match meaning {
            Some(meaning) => Ok(Self { name: full.into(), meaning }),
            None => Err(full),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

fn meaning(module: &str, name: &str) -> Option<Meaning> {
    Some(match (module, name) {
        ("collections", "OrderedDict") => Meaning::OrderedDict,
        ("_codecs", "encode") => Meaning::Encode,
        ("numpy", "dtype") => Meaning::Dtype,
        ("numpy", "ndarray") => Meaning::NdArray,
        ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Meaning::Scalar,
        ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
            Meaning::Reconstruct
        }
        ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Meaning::FromBuffer,
        _ => return None,
    })
}

/// Functions and classes of PyTorch that state dicts are made of; none of them does anything but
/// hold numbers.
fn of_torch(full: &str) -> bool {
    const NAMES: [&str; 9] = [
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter",
        "torch._tensor._rebuild_from_type_v2",
        "torch.nn.parameter.Parameter",
        "torch.Tensor",
        "torch.Size",
        "torch.device",
        "torch.serialization._get_layout",
    ];
    const DTYPES: [&str; 12] = [
        "float16", "bfloat16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64",
        "bool", "half", "double",
    ];
    let in_torch = |name: &str| !name.contains('.');
    let storage = full.strip_prefix("torch.storage.").or_else(|| full.strip_prefix("torch."));
    NAMES.contains(&full)
        || storage.is_some_and(|name| in_torch(name) && name.ends_with("Storage"))
        || full.strip_prefix("torch.").is_some_and(|name| DTYPES.contains(&name))
}
