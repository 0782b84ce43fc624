//! What the pickle reader refuses.

use std::path::PathBuf;

/// Why a pickle was not read. Nothing in it was executed.
#[derive(Debug, thiserror::Error)]
pub enum PickleError {
    /// The file could not be read from disk.
    #[error("{}: {source}", path.display())]
    Io {
        /// File.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file ends too early.
    #[error(
        "the pickle ends too early: byte {at} begins {needed} bytes of which {left} are left; the \
         file is truncated or no pickle"
    )]
    Truncated {
        /// Where.
        at: usize,
        /// Bytes that were announced.
        needed: u64,
        /// Bytes that are there.
        left: usize,
    },
    /// An instruction that builds no plain data, or none at all.
    #[error(
        "byte {at}: pickle instruction {name} (0x{opcode:02x}) is not allowed; only plain data is \
         read, nothing was executed"
    )]
    Instruction {
        /// Where.
        at: usize,
        /// Its byte.
        opcode: u8,
        /// Its name, or `unknown`.
        name: &'static str,
    },
    /// A class or function that is not on the list.
    #[error(
        "byte {at}: the pickle asks for {class}, which is not plain data; nothing was executed. \
         Do not open this file with other tools unless you trust its origin"
    )]
    Class {
        /// Where.
        at: usize,
        /// Module and name.
        class: String,
    },
    /// Instructions or values that do not fit together.
    #[error("byte {at}: {what}; the pickle is damaged or made by hand, nothing was executed")]
    Malformed {
        /// Where.
        at: usize,
        /// What was found and expected.
        what: String,
    },
    /// A NumPy type that is not read.
    #[error("byte {at}: NumPy type {found} is not read; convert it to float64, int64 or str")]
    NumpyType {
        /// Where.
        at: usize,
        /// Its code.
        found: String,
    },
    /// More than a model's dictionary can have.
    #[error("the pickle holds more than {most} ({what}); it is no dictionary of a model")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        most: u64,
    },
}
