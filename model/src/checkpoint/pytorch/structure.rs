//! Where a PyTorch file's tensors are, from its pickle.

use std::path::Path;

use safetensors::Dtype;

use super::super::error::CheckpointError;
use crate::pickle::{Pickle, Value};

/// Nesting of dictionaries in a checkpoint.
const DEEPEST: usize = 16;
/// Values looked at, one counted at every mention.
const MOST: usize = 1 << 22;
/// Dimensions of a tensor.
const MAX_DIMENSIONS: usize = 16;

/// A tensor as the pickle describes it: a view of a storage.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Described {
    /// Keys of the dictionaries, joined by dots.
    pub key: String,
    /// Name of the storage's entry.
    pub storage: String,
    pub dtype: Dtype,
    /// First element in the storage.
    pub offset: u64,
    pub shape: Vec<usize>,
    strides: Vec<u64>,
}

impl Described {
    pub fn element_size(&self) -> u64 {
        element_size(self.dtype)
    }

    /// Number of elements; 2^64 - 1 where it is more.
    pub fn elements(&self) -> u64 {
        self.shape.iter().fold(1u64, |n, &side| n.saturating_mul(side as u64))
    }

    /// Elements from the first to the last of the view, both included.
    pub fn span(&self) -> u64 {
        if self.shape.contains(&0) {
            return 0;
        }
        let sides = self.shape.iter().zip(&self.strides);
        let far = sides.map(|(&side, &stride)| (side as u64 - 1).saturating_mul(stride));
        far.fold(1u64, u64::saturating_add)
    }

    /// Bytes that the storage must have; `None` above 2^64. A view never has more elements than
    /// its storage: one that repeats elements would be larger than the file.
    pub fn bytes_needed(&self) -> Option<u64> {
        let last = self.offset.checked_add(self.span().max(self.elements()))?;
        last.checked_mul(self.element_size())
    }

    pub fn is_contiguous(&self) -> bool {
        let mut expected = 1u64;
        for (&side, &stride) in self.shape.iter().zip(&self.strides).rev() {
            if side != 1 && stride != expected {
                return false;
            }
            expected = expected.saturating_mul(side as u64);
        }
        true
    }

    /// The elements in row-major order, from the bytes of the span.
    pub fn gathered(&self, bytes: &[u8]) -> Vec<u8> {
        let size = self.element_size() as usize;
        let mut places = vec![0u64];
        for (&side, &stride) in self.shape.iter().zip(&self.strides) {
            let along = |&place: &u64| (0..side as u64).map(move |step| place + step * stride);
            places = places.iter().flat_map(along).collect();
        }
        let element = |&place: &u64| &bytes[place as usize * size..][..size];
        places.iter().flat_map(element).copied().collect()
    }
}

/// All tensors in the dictionaries of the pickle.
pub(super) fn tensors(path: &Path, pickle: &Pickle) -> Result<Vec<Described>, CheckpointError> {
    if pickle.root().entries().is_none() {
        let what = format!("it holds a {}, not a dictionary of tensors", pickle.root().kind());
        return Err(CheckpointError::damaged(path, what));
    }
    let mut walk = Walk { path, found: Vec::new(), left: MOST };
    walk.enter(pickle.root(), "", DEEPEST)?;
    Ok(walk.found)
}

struct Walk<'a> {
    path: &'a Path,
    found: Vec<Described>,
    left: usize,
}

impl Walk<'_> {
    fn enter(&mut self, value: Value<'_>, key: &str, depth: usize) -> Result<(), CheckpointError> {
        let endless =
            || CheckpointError::damaged(self.path, "its dictionaries are too many or too deep");
        self.left = self.left.checked_sub(1 + key.len() / 256).ok_or_else(endless)?;
        if let Some(entries) = value.entries() {
            let depth = depth.checked_sub(1).ok_or_else(endless)?;
            for (name, value) in entries {
                let name = match (name.as_str(), name.as_i64()) {
                    (Some(name), _) => name.to_owned(),
                    (None, Some(number)) => number.to_string(),
                    (None, None) => continue,
                };
                let key = if key.is_empty() { name } else { format!("{key}.{name}") };
                self.enter(value, &key, depth)?;
            }
            return Ok(());
        }
        if value.call().is_some()
            && let Some(tensor) = described(value, key, depth)
                .map_err(|what| CheckpointError::damaged(self.path, format!("`{key}` {what}")))?
        {
            self.found.push(tensor);
        }
        Ok(())
    }
}

/// The tensor that a call describes; `None` where it describes something else.
fn described(value: Value<'_>, key: &str, depth: usize) -> Result<Option<Described>, String> {
    let Some((class, arguments)) = value.call() else { return Ok(None) };
    let arguments: Vec<Value<'_>> = arguments.items().into_iter().flatten().collect();
    let again = |inner: Option<&Value<'_>>| match (inner, depth.checked_sub(1)) {
        (Some(inner), Some(depth)) => described(*inner, key, depth),
        _ => Err("is a parameter without a tensor".to_owned()),
    };
    match class {
        "torch._utils._rebuild_parameter" => again(arguments.first()),
        "torch._tensor._rebuild_from_type_v2" => {
            let inner: Vec<Value<'_>> =
                arguments.get(2).and_then(|inner| inner.items()).into_iter().flatten().collect();
            view(&inner, key).map(Some)
        }
        "torch._utils._rebuild_tensor" | "torch._utils._rebuild_tensor_v2" => {
            view(&arguments, key).map(Some)
        }
        _ => Ok(None),
    }
}

/// `(storage, offset, shape, strides, ...)`
fn view(arguments: &[Value<'_>], key: &str) -> Result<Described, String> {
    let [storage, offset, shape, strides, ..] = arguments else {
        return Err("is a tensor without storage, offset, shape and strides".into());
    };
    let id: Vec<Value<'_>> =
        storage.persistent().and_then(Value::items).into_iter().flatten().collect();
    let (Some(class), Some(name)) =
        (id.get(1).and_then(|class| class.class_name()), id.get(2).and_then(|name| name.as_str()))
    else {
        return Err("is a tensor of an unknown kind of storage".into());
    };
    let numbers = |value: &Value<'_>| -> Option<Vec<u64>> {
        let items = value.items().filter(|items| items.len() <= MAX_DIMENSIONS)?;
        items.map(|item| u64::try_from(item.as_i64()?).ok()).collect()
    };
    let bad_shape = || "has a shape or strides that are none".to_owned();
    let sides = numbers(shape).ok_or_else(bad_shape)?;
    let strides = numbers(strides).filter(|s| s.len() == sides.len()).ok_or_else(bad_shape)?;
    let shape: Result<Vec<usize>, _> = sides.into_iter().map(usize::try_from).collect();
    let offset = offset.as_i64().and_then(|offset| u64::try_from(offset).ok());
    Ok(Described {
        key: key.to_owned(),
        storage: name.to_owned(),
        dtype: dtype(class).ok_or_else(|| format!("has elements of {class}, which is not read"))?,
        offset: offset.ok_or("has no offset")?,
        shape: shape.map_err(|_| bad_shape())?,
        strides,
    })
}

/// Bytes of an element of the types that [`dtype`] gives.
pub(super) fn element_size(dtype: Dtype) -> u64 {
    match dtype {
        Dtype::F64 | Dtype::I64 => 8,
        Dtype::F32 | Dtype::I32 => 4,
        Dtype::F16 | Dtype::BF16 | Dtype::I16 => 2,
        _ => 1,
    }
}

/// Type of the elements of a class of storages.
pub(super) fn dtype(class: &str) -> Option<Dtype> {
    Some(match class.rsplit('.').next()? {
        "FloatStorage" => Dtype::F32,
        "DoubleStorage" => Dtype::F64,
        "HalfStorage" => Dtype::F16,
        "BFloat16Storage" => Dtype::BF16,
        "LongStorage" => Dtype::I64,
        "IntStorage" => Dtype::I32,
        "ShortStorage" => Dtype::I16,
        "CharStorage" => Dtype::I8,
        "ByteStorage" => Dtype::U8,
        "BoolStorage" => Dtype::BOOL,
        _ => return None,
    })
}
