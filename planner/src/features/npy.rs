//! NumPy's array files, as far as a table of numbers needs them.
//!
//! Format: NEP 1, "A Simple File Format for NumPy Arrays": magic, version, length of the header,
//! a Python dictionary with `descr`, `fortran_order` and `shape`, then the numbers.

/// Rows, columns and row-major numbers of a two-dimensional array.
pub(super) fn read(bytes: &[u8]) -> Result<(usize, usize, Vec<f32>), String> {
    let header = header(bytes)?;
    let kind = between(header.text, "'descr'", "'", "'").ok_or("no descr in the header")?;
    if header.text.contains("'fortran_order': True") {
        return Err("columns are stored first (fortran_order); save it with order=\"C\"".to_owned());
    }
    let shape = between(header.text, "'shape'", "(", ")").ok_or("no shape in the header")?;
    let shape: Vec<usize> = shape
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().map_err(|_| format!("shape ({shape}) is not understood")))
        .collect::<Result<_, _>>()?;
    let [rows, width] = shape[..] else {
        return Err(format!("{} dimensions; expected genes x numbers", shape.len()));
    };
    let count = rows.checked_mul(width).ok_or("the shape is too large")?;
    let values = numbers(kind, header.data)?;
    if values.len() != count {
        return Err(format!("{} numbers for a shape of {rows} x {width}", values.len()));
    }
    Ok((rows, width, values))
}

struct Header<'a> {
    text: &'a str,
    data: &'a [u8],
}

fn header(bytes: &[u8]) -> Result<Header<'_>, String> {
    let cut = || "the file is cut off in its header".to_owned();
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err("not a NumPy file (.npy)".to_owned());
    }
    let (length, start) = match bytes.get(6) {
        Some(1) => {
            let at = bytes.get(8..10).ok_or_else(cut)?;
            (usize::from(u16::from_le_bytes([at[0], at[1]])), 10)
        }
        Some(2 | 3) => {
            let at = bytes.get(8..12).ok_or_else(cut)?;
            (u32::from_le_bytes([at[0], at[1], at[2], at[3]]) as usize, 12)
        }
        _ => return Err("unknown version of the .npy format".to_owned()),
    };
    let text = bytes.get(start..start + length).ok_or_else(cut)?;
    let text = std::str::from_utf8(text).map_err(|_| "the header is no text".to_owned())?;
    Ok(Header { text, data: &bytes[start + length..] })
}

/// What stands between `open` and `close` after `key`.
fn between<'a>(text: &'a str, key: &str, open: &str, close: &str) -> Option<&'a str> {
    let rest = &text[text.find(key)? + key.len()..];
    let rest = &rest[rest.find(open)? + open.len()..];
    Some(&rest[..rest.find(close)?])
}

fn numbers(kind: &str, data: &[u8]) -> Result<Vec<f32>, String> {
    fn each<const N: usize>(data: &[u8], of: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        data.as_chunks::<N>().0.iter().map(|bytes| of(*bytes)).collect()
    }
    Ok(match kind {
        "<f4" => each(data, f32::from_le_bytes),
        "<f8" => each(data, |b| f64::from_le_bytes(b) as f32),
        "<i4" => each(data, |b| i32::from_le_bytes(b) as f32),
        "<i8" => each(data, |b| i64::from_le_bytes(b) as f32),
        "|i1" => each(data, |b: [u8; 1]| f32::from(b[0].cast_signed())),
        other => {
            return Err(format!("numbers of type {other}; expected float32 or float64 (<f4, <f8)"));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn single_and_double_precision_are_read() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }\n";
        let data: Vec<u8> = [1.5f32, -2.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(read(&npy(header, &data)).unwrap(), (2, 1, vec![1.5, -2.0]));
        let data: Vec<u8> = [1.5f64, -2.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(read(&npy(&header.replace("f4", "f8"), &data)).unwrap().2, [1.5, -2.0]);
    }

    #[test]
    fn what_is_no_table_of_numbers_is_refused_in_words() {
        let of = |descr: &str, order: &str, shape: &str, data: &[u8]| {
            let header =
                format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': ({shape}), }}");
            read(&npy(&header, data)).unwrap_err()
        };
        assert!(of("<f4", "True", "1, 1", &[0; 4]).contains("order=\"C\""));
        assert!(of("<f4", "False", "3,", &[0; 12]).contains("1 dimensions"));
        assert!(of("<f4", "False", "2, 2", &[0; 4]).contains("2 x 2"));
        assert!(of("|O", "False", "1, 1", &[0; 4]).contains("|O"));
        assert!(read(b"PK").unwrap_err().contains("NumPy"));
        assert!(read(b"\x93NUMPY\x01\x00\xff").unwrap_err().contains("cut off"));
    }
}
