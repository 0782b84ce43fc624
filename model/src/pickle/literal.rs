//! Numbers and texts of the human-readable protocol 0.

/// An integer of `INT` or `LONG`; `I00` and `I01` are false and true.
pub(super) enum Whole {
    Bool(bool),
    Int(i64),
    /// Of more than 64 bits, up to 128.
    Long(i128),
}

pub(super) fn whole(line: &[u8]) -> Option<Whole> {
    let text = std::str::from_utf8(line).ok()?;
    match text {
        "00" => Some(Whole::Bool(false)),
        "01" => Some(Whole::Bool(true)),
        _ => {
            let value: i128 = text.trim_end_matches('L').trim().parse().ok()?;
            Some(i64::try_from(value).map_or(Whole::Long(value), Whole::Int))
        }
    }
}

pub(super) fn float(line: &[u8]) -> Option<f64> {
    std::str::from_utf8(line).ok()?.trim().parse().ok()
}

/// Two's complement, little-endian, of any length; `None` above 64 bits.
pub(super) fn long(bytes: &[u8]) -> Option<i64> {
    let Some(last) = bytes.last() else { return Some(0) };
    let fill = if last & 0x80 == 0 { 0 } else { 0xff };
    let mut wide = [fill; 8];
    let (low, high) = bytes.split_at(bytes.len().min(8));
    wide[..low.len()].copy_from_slice(low);
    let value = i64::from_le_bytes(wide);
    let fits = high.iter().all(|&byte| byte == fill) && (value < 0) == (fill == 0xff);
    fits.then_some(value)
}

/// The text of `STRING`: a Python literal in quotes with its escapes, each byte one character.
pub(super) fn quoted(line: &[u8]) -> Option<String> {
    let line = line.trim_ascii();
    let quote = *line.first().filter(|quote| matches!(quote, b'"' | b'\''))?;
    let body = line.get(1..)?.strip_suffix(&[quote])?;
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            text.push(char::from(byte));
            continue;
        }
        let (&escape, tail) = rest.split_first()?;
        rest = tail;
        text.push(match escape {
            b'\\' | b'\'' | b'"' => char::from(escape),
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'x' => {
                let (digits, tail) = rest.split_at_checked(2)?;
                rest = tail;
                char::from(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?)
            }
            _ => return None,
        });
    }
    Some(text)
}

/// The text of `UNICODE`: Latin-1 with `\uXXXX` and `\UXXXXXXXX`; a character beyond 16 bits may be
/// two of the former.
pub(super) fn raw_unicode(line: &[u8]) -> Option<String> {
    let mut units: Vec<u32> = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let digits = match (byte, rest.first()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            _ => {
                units.push(u32::from(byte));
                continue;
            }
        };
        let code = rest.get(1..1 + digits)?;
        units.push(u32::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok()?);
        rest = &rest[1 + digits..];
    }
    let mut text = String::with_capacity(units.len());
    let mut units = units.into_iter().peekable();
    while let Some(unit) = units.next() {
        let low = units.peek().copied().filter(|low| (0xdc00..0xe000).contains(low));
        let code = match low {
            Some(low) if (0xd800..0xdc00).contains(&unit) => {
                units.next();
                0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
            }
            _ => unit,
        };
        text.push(char::from_u32(code)?);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_integers_keep_their_sign_and_refuse_to_overflow() {
        assert_eq!(long(&[]), Some(0));
        assert_eq!(long(&[0xff]), Some(-1));
        assert_eq!(long(&[0xff, 0]), Some(255));
        assert_eq!(long(&[0, 0, 0, 0, 0, 0, 0, 0x80]), Some(i64::MIN));
        assert_eq!(long(&[0, 0, 0, 0, 0, 0, 0, 0x80, 0]), None);
        assert_eq!(long(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), Some(1));
        assert_eq!(long(&[0xff; 12]), Some(-1));
    }

    #[test]
    fn texts_of_protocol_0_are_decoded() {
        assert_eq!(quoted(br"'a\'b\x41\n'").as_deref(), Some("a'bA\n"));
        for bad in [&b"'"[..], b"a'", b"'a\\", br"'\x4'", br"'\q'", b""] {
            assert_eq!(quoted(bad), None, "{bad:?}");
        }
        assert_eq!(raw_unicode(b"\xe9\\u00e9\\u0416").as_deref(), Some("\u{e9}\u{e9}\u{416}"));
        assert_eq!(raw_unicode(br"\ud83d\ude00").as_deref(), Some("\u{1f600}"));
        assert_eq!(raw_unicode(br"\U0001f600").as_deref(), Some("\u{1f600}"));
        for bad in [&br"\u12"[..], br"\ud83d", br"\Uffffffff", br"\u12g4"] {
            assert_eq!(raw_unicode(bad), None, "{bad:?}");
        }
    }
}
