//! The bytes of a pickle, taken from front to back.

use super::error::PickleError;

/// Reads forward; every length is compared with the bytes that are left.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Number of the next byte.
    pub fn at(&self) -> usize {
        self.at
    }

    pub fn take(&mut self, length: u64) -> Result<&'a [u8], PickleError> {
        let rest = &self.bytes[self.at..];
        let taken = usize::try_from(length).ok().and_then(|length| rest.get(..length));
        let taken = taken.ok_or(PickleError::Truncated {
            at: self.at,
            needed: length,
            left: rest.len(),
        })?;
        self.at += taken.len();
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], PickleError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N as u64)?);
        Ok(array)
    }

    pub fn u8(&mut self) -> Result<u8, PickleError> {
        Ok(self.array::<1>()?[0])
    }

    pub fn u16(&mut self) -> Result<u16, PickleError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub fn u32(&mut self) -> Result<u32, PickleError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub fn u64(&mut self) -> Result<u64, PickleError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub fn i32(&mut self) -> Result<i32, PickleError> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    pub fn f64_be(&mut self) -> Result<f64, PickleError> {
        Ok(f64::from_be_bytes(self.array()?))
    }

    /// The bytes up to a newline, which is taken too.
    pub fn line(&mut self) -> Result<&'a [u8], PickleError> {
        let rest = &self.bytes[self.at..];
        let Some(end) = rest.iter().position(|&byte| byte == b'\n') else {
            let needed = rest.len() as u64 + 1;
            return Err(PickleError::Truncated { at: self.at, needed, left: rest.len() });
        };
        self.at += end + 1;
        Ok(&rest[..end])
    }

    /// Refuses a frame that is longer than what is left; frames mean nothing else.
    pub fn check_frame(&mut self) -> Result<(), PickleError> {
        let needed = self.u64()?;
        let left = self.bytes.len() - self.at;
        if needed > left as u64 {
            return Err(PickleError::Truncated { at: self.at, needed, left });
        }
        Ok(())
    }
}
