//! Pickles made by Python (`tests/data/pickle/make.py`), and one instruction at a time.

/// A committed pickle.
macro_rules! committed {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/data/pickle/", $name, ".pkl")).as_slice()
    };
}
pub(super) use committed;

/// The same dictionary by every protocol.
pub(super) const PLAIN: [&[u8]; 6] = [
    committed!("plain_p0"),
    committed!("plain_p1"),
    committed!("plain_p2"),
    committed!("plain_p3"),
    committed!("plain_p4"),
    committed!("plain_p5"),
];

/// `SHORT_BINUNICODE`
pub(super) fn text(text: &str) -> Vec<u8> {
    [&[0x8c, text.len() as u8], text.as_bytes()].concat()
}

/// Names a class by `STACK_GLOBAL`.
pub(super) fn class(module: &str, name: &str) -> Vec<u8> {
    [text(module), text(name), vec![0x93]].concat()
}
