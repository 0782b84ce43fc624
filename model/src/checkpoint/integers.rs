//! Integer tensors: tables of indices and counters, which are no weights.

use safetensors::Dtype;

/// Little-endian bytes of one integer, its sign extended where it has one.
fn widen<const N: usize>(bytes: &[u8], read: fn([u8; N]) -> i64) -> Vec<i64> {
    bytes.as_chunks::<N>().0.iter().map(|b| read(*b)).collect()
}

/// Values of an integer or boolean tensor, from its little-endian bytes; `None` for other element types.
pub(super) fn from_bytes(dtype: Dtype, bytes: &[u8]) -> Option<Vec<i64>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_width_keep_their_sign() {
        let minus_two = (-2i64).to_le_bytes();
        for (dtype, width) in [(Dtype::I64, 8), (Dtype::I32, 4), (Dtype::I16, 2), (Dtype::I8, 1)] {
            let bytes = [&minus_two[..width], &[5], &vec![0; width - 1]].concat();
            assert_eq!(from_bytes(dtype, &bytes), Some(vec![-2, 5]), "{dtype:?}");
        }
        assert_eq!(from_bytes(Dtype::U16, &[0xfe, 0xff]), Some(vec![65_534]));
        assert_eq!(from_bytes(Dtype::F32, &[0; 4]), None);
    }
}
