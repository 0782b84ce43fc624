//! Integer tensors: tables of indices and counters, which are no weights.

use burn::tensor::{DType, TensorData};
use safetensors::Dtype;

/// Little-endian bytes of one integer, its sign extended where it has one.
fn widen<const N: usize>(bytes: &[u8], read: fn([u8; N]) -> i64) -> Vec<i64> {
    bytes.as_chunks::<N>().0.iter().map(|b| read(*b)).collect()
}

/// Values of an integer or boolean tensor of a safetensors file; `None` for other element types.
pub(super) fn from_safetensors(dtype: Dtype, bytes: &[u8]) -> Option<Vec<i64>> {
    match dtype {
        Dtype::I64 => Some(widen(bytes, i64::from_le_bytes)),
        Dtype::I32 => Some(widen(bytes, |b| i32::from_le_bytes(b).into())),
        Dtype::I16 => Some(widen(bytes, |b| i16::from_le_bytes(b).into())),
        Dtype::I8 => Some(widen(bytes, |b| i8::from_le_bytes(b).into())),
        Dtype::U32 => Some(widen(bytes, |b| u32::from_le_bytes(b).into())),
        Dtype::U16 => Some(widen(bytes, |b| u16::from_le_bytes(b).into())),
        Dtype::U8 | Dtype::BOOL => Some(widen(bytes, |b| u8::from_le_bytes(b).into())),
        _ => None,
    }
}

/// Values of an integer or boolean tensor of a PyTorch file; `None` for other element types.
pub(super) fn from_pytorch(data: &TensorData) -> Option<Vec<i64>> {
    let dtype = match data.dtype {
        DType::I64 => Dtype::I64,
        DType::I32 => Dtype::I32,
        DType::I16 => Dtype::I16,
        DType::I8 => Dtype::I8,
        DType::U32 => Dtype::U32,
        DType::U16 => Dtype::U16,
        DType::U8 | DType::Bool(_) => Dtype::U8,
        _ => return None,
    };
    from_safetensors(dtype, &data.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_width_keep_their_sign() {
        let minus_two = (-2i64).to_le_bytes();
        for (dtype, width) in [(Dtype::I64, 8), (Dtype::I32, 4), (Dtype::I16, 2), (Dtype::I8, 1)] {
            let bytes = [&minus_two[..width], &[5], &vec![0; width - 1]].concat();
            assert_eq!(from_safetensors(dtype, &bytes), Some(vec![-2, 5]), "{dtype:?}");
        }
        assert_eq!(from_safetensors(Dtype::U16, &[0xfe, 0xff]), Some(vec![65_534]));
        assert_eq!(from_safetensors(Dtype::F32, &[0; 4]), None);
    }
}
