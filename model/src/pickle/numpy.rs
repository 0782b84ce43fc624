//! NumPy's scalars and arrays, from their types and bytes.

use super::error::PickleError;
use super::value::Id;

/// What the elements of a type are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Signed,
    Unsigned,
    Float,
    /// Bytes as text.
    Bytes,
    /// Four bytes per character.
    Unicode,
    Object,
}

/// A NumPy type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dtype {
    kind: Kind,
    /// Bytes of an element.
    size: usize,
    big_endian: bool,
}

/// A NumPy array, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Shape.
    pub shape: Vec<usize>,
    /// Elements.
    pub elements: Elements,
}

/// Elements of an array.
#[derive(Debug, Clone, PartialEq)]
pub enum Elements {
    /// float16, float32, float64.
    Floats(Vec<f64>),
    /// Integers of up to 64 bits, and bool as 0 and 1.
    Integers(Vec<i64>),
    /// str and bytes of fixed width, without the padding.
    Texts(Vec<String>),
    /// Python objects, by their number: [`super::Value::array_objects`].
    Objects(Vec<u32>),
}

impl Array {
    /// What `_reconstruct` makes before the array gets its state.
    pub(super) fn empty() -> Self {
        Self { shape: vec![0], elements: Elements::Objects(Vec::new()) }
    }

    pub(super) fn object_ids(&self) -> Option<&[Id]> {
        if let Elements::Objects(ids) = &self.elements { Some(ids) } else { None }
    }
}

/// One value of a scalar.
pub(super) enum Scalar {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

impl Dtype {
    /// A type by its code, such as `f8` or `<U12`.
    pub fn parse(code: &str, at: usize) -> Result<Self, PickleError> {
        let refused = || PickleError::NumpyType { at, found: format!("{code:?}") };
        let (order, rest) = match code.chars().next() {
            Some(order @ ('<' | '>' | '|' | '=')) => (order, &code[1..]),
            _ => ('<', code),
        };
        let mut letters = rest.chars();
        let kind = match letters.next().ok_or_else(refused)? {
            'b' => Kind::Bool,
            'i' => Kind::Signed,
            'u' => Kind::Unsigned,
            'f' => Kind::Float,
            'S' => Kind::Bytes,
            'U' => Kind::Unicode,
            'O' => Kind::Object,
            _ => return Err(refused()),
        };
        let digits = letters.as_str();
        let count: usize = match (kind, digits) {
            (Kind::Object, _) => 8,
            _ => digits.parse().map_err(|_| refused())?,
        };
        let known = match kind {
            Kind::Bool => count == 1,
            Kind::Signed | Kind::Unsigned => matches!(count, 1 | 2 | 4 | 8),
            Kind::Float => matches!(count, 2 | 4 | 8),
            Kind::Bytes | Kind::Unicode | Kind::Object => true,
        };
        let size = if kind == Kind::Unicode { count.checked_mul(4) } else { Some(count) };
        match size.filter(|_| known) {
            Some(size) => Ok(Self { kind, size, big_endian: order == '>' }),
            None => Err(refused()),
        }
    }

    /// Sets the byte order that the type's state says.
    pub fn set_order(&mut self, order: &str) {
        self.big_endian = order == ">";
    }

    pub fn is_object(&self) -> bool {
        self.kind == Kind::Object
    }

    /// One element from its bytes.
    pub fn scalar(&self, bytes: &[u8], at: usize) -> Result<Scalar, PickleError> {
        if bytes.len() != self.size || self.kind == Kind::Object {
            let what = format!("{} bytes for a scalar of {}", bytes.len(), self.size);
            return Err(PickleError::Malformed { at, what });
        }
        Ok(match self.kind {
            Kind::Bool => Scalar::Bool(bytes != [0]),
            Kind::Float => Scalar::Float(self.float(bytes)),
            Kind::Signed | Kind::Unsigned => Scalar::Int(self.integer(bytes, at)?),
            Kind::Bytes | Kind::Unicode | Kind::Object => Scalar::Text(self.text(bytes, at)?),
        })
    }

    /// Bytes of memory that an element takes when read.
    fn cost(&self) -> u64 {
        match self.kind {
            Kind::Bytes | Kind::Unicode => 48 + self.size as u64,
            _ => 8,
        }
    }

    /// Bytes of memory that `array` of this shape takes, if `bytes` are as many as it needs.
    pub fn array_cost(&self, shape: &[usize], bytes: &[u8], at: usize) -> Result<u64, PickleError> {
        let needed = shape
            .iter()
            .try_fold(1usize, |n, &side| n.checked_mul(side))
            .and_then(|elements| elements.checked_mul(self.size));
        // An empty type would let no bytes be any number of elements.
        if self.size == 0 || needed != Some(bytes.len()) {
            let what = format!(
                "an array of shape {shape:?} and elements of {} bytes does not have {} bytes",
                self.size,
                bytes.len()
            );
            return Err(PickleError::Malformed { at, what });
        }
        Ok((bytes.len() / self.size) as u64 * self.cost())
    }

    /// All elements; the caller has checked their size with [`array_cost`](Self::array_cost).
    pub fn elements(&self, bytes: &[u8], at: usize) -> Result<Elements, PickleError> {
        let each = bytes.chunks_exact(self.size.max(1));
        Ok(match self.kind {
            Kind::Float => Elements::Floats(each.map(|bytes| self.float(bytes)).collect()),
            Kind::Bool => Elements::Integers(each.map(|b| i64::from(b != [0])).collect()),
            Kind::Signed | Kind::Unsigned => Elements::Integers(
                each.map(|bytes| self.integer(bytes, at)).collect::<Result<_, _>>()?,
            ),
            Kind::Bytes | Kind::Unicode => {
                Elements::Texts(each.map(|bytes| self.text(bytes, at)).collect::<Result<_, _>>()?)
            }
            Kind::Object => {
                let what = "an array of objects whose state holds bytes".into();
                return Err(PickleError::Malformed { at, what });
            }
        })
    }

    /// The bytes of one element as a number, the most significant last.
    fn bits(&self, bytes: &[u8]) -> u64 {
        let mut wide = [0; 8];
        for (place, &byte) in wide.iter_mut().zip(bytes) {
            *place = byte;
        }
        if self.big_endian {
            let used = bytes.len().min(8);
            wide[..used].reverse();
        }
        u64::from_le_bytes(wide)
    }

    fn float(&self, bytes: &[u8]) -> f64 {
        let bits = self.bits(bytes);
        match self.size {
            2 => half(bits as u16),
            4 => f64::from(f32::from_bits(bits as u32)),
            _ => f64::from_bits(bits),
        }
    }

    fn integer(&self, bytes: &[u8], at: usize) -> Result<i64, PickleError> {
        let bits = self.bits(bytes);
        if self.kind == Kind::Signed {
            let unused = 64 - 8 * self.size as u32;
            return Ok((bits as i64) << unused >> unused);
        }
        i64::try_from(bits).map_err(|_| PickleError::Malformed {
            at,
            what: format!("the unsigned integer {bits} does not fit 63 bits"),
        })
    }

    fn text(&self, bytes: &[u8], at: usize) -> Result<String, PickleError> {
        if self.kind == Kind::Bytes {
            let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
            return Ok(text.trim_end_matches('\0').to_owned());
        }
        let each = bytes.chunks_exact(4).map(|unit| char::from_u32(self.bits(unit) as u32));
        let text: Option<String> = each.collect();
        let text = text.ok_or_else(|| PickleError::Malformed {
            at,
            what: "a NumPy str holds a number that is no character".into(),
        })?;
        Ok(text.trim_end_matches('\0').to_owned())
    }
}

/// IEEE 754 binary16; exact.
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f64::from(bits & 0x3ff);
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}
