//! What a configuration can be refused for; each family lists its own rules with these checks.

/// Deepest stack accepted; the largest published model has 20 layers.
const MAX_LAYERS: usize = 1_000;

/// What is wrong with a configuration, or with tokens checked against it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// A size that must be at least `least`.
    #[error(
        "config: `{field}` is {found}, expected at least {least}; the configuration is damaged or of another model"
    )]
    TooSmall {
        /// Name in the configuration.
        field: &'static str,
        /// Value found.
        found: usize,
        /// Smallest value accepted.
        least: usize,
    },
    /// More than any known model has.
    #[error("config: `{field}` is {found}, expected at most {most}; the configuration is damaged")]
    TooMany {
        /// Name in the configuration.
        field: &'static str,
        /// Value found.
        found: usize,
        /// Largest value accepted.
        most: usize,
    },
    /// Heads must share the width equally.
    #[error(
        "config: {heads} attention heads do not divide the width {hidden}; the configuration is damaged or of another model"
    )]
    HeadsDoNotDivide {
        /// Heads found.
        heads: usize,
        /// Width found.
        hidden: usize,
    },
    /// A setting this net does not implement.
    #[error(
        "config: `{field}` is \"{found}\", this net implements only \"{expected}\"; use a checkpoint of this family"
    )]
    Unsupported {
        /// Name in the configuration.
        field: &'static str,
        /// Value found.
        found: String,
        /// The one value implemented.
        expected: &'static str,
    },
    /// A number outside its range.
    #[error(
        "config: `{field}` is {found}, expected {least} to below {below}; correct the configuration"
    )]
    OutOfRange {
        /// Name in the configuration.
        field: &'static str,
        /// Value found.
        found: f64,
        /// Smallest value accepted.
        least: f64,
        /// All values below this are accepted.
        below: f64,
    },
}

/// Each size must be at least so much: name, value, least.
///
/// # Errors
/// [`ConfigError::TooSmall`] for the first that is not.
pub fn expect_at_least(sizes: &[(&'static str, usize, usize)]) -> Result<(), ConfigError> {
    match sizes.iter().find(|(_, found, least)| found < least) {
        None => Ok(()),
        Some(&(field, found, least)) => Err(ConfigError::TooSmall { field, found, least }),
    }
}

/// A stack of layers whose heads share the width equally; each argument is name and value.
///
/// # Errors
/// [`ConfigError::TooMany`] and [`ConfigError::HeadsDoNotDivide`].
pub fn expect_stack(
    layers: (&'static str, usize),
    heads: (&'static str, usize),
    hidden: (&'static str, usize),
) -> Result<(), ConfigError> {
    if layers.1 > MAX_LAYERS {
        let (field, found) = layers;
        return Err(ConfigError::TooMany { field, found, most: MAX_LAYERS });
    }
    expect_at_least(&[(heads.0, heads.1, 1)])?;
    if !hidden.1.is_multiple_of(heads.1) {
        return Err(ConfigError::HeadsDoNotDivide { heads: heads.1, hidden: hidden.1 });
    }
    Ok(())
}

/// A setting of which one value is implemented.
///
/// # Errors
/// [`ConfigError::Unsupported`].
pub fn expect_word(
    field: &'static str,
    found: &str,
    expected: &'static str,
) -> Result<(), ConfigError> {
    if found == expected {
        return Ok(());
    }
    Err(ConfigError::Unsupported { field, found: found.into(), expected })
}

/// A number from `least` to below `below`.
///
/// # Errors
/// [`ConfigError::OutOfRange`], also for a NaN.
pub fn expect_within(
    field: &'static str,
    found: f64,
    least: f64,
    below: f64,
) -> Result<(), ConfigError> {
    if (least..below).contains(&found) {
        return Ok(());
    }
    Err(ConfigError::OutOfRange { field, found, least, below })
}
