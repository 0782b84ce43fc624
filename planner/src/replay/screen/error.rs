//! What is wrong with a table of a finished screen.

use thiserror::Error;

/// Why a table cannot be replayed: what was found, what was expected and what to do.
/// [`ScreenError::option`] says which option of the reading can mend it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScreenError {
    /// The bytes are no text, packed or not.
    #[error("{file} is no text: {reason}")]
    NotText {
        /// Name of the file.
        file: String,
        /// What the decoder says.
        reason: String,
    },
    /// The text is no table.
    #[error("{file} is no table: {reason}")]
    NotATable {
        /// Name of the file.
        file: String,
        /// What the reader says.
        reason: String,
    },
    /// A column was asked for by name and is not there.
    #[error("{file} has no column {name}; it has {found}")]
    NoColumn {
        /// Name of the file.
        file: String,
        /// The column that was asked for.
        name: String,
        /// Columns of the file, separated by commas.
        found: String,
        /// Option that named it.
        option: ScreenOption,
    },
    /// No column has a name by which it is recognised.
    #[error("{file} has the columns {found}; none is recognised as that of the {what}, so name it")]
    NotRecognised {
        /// Name of the file.
        file: String,
        /// `gene` or `score`.
        what: &'static str,
        /// Columns of the file, separated by commas.
        found: String,
        /// Option that names it.
        option: ScreenOption,
    },
    /// A filter without `=`.
    #[error("{filter}: write it as COLUMN=VALUE")]
    BadFilter {
        /// The filter.
        filter: String,
    },
    /// No row passes the filter.
    #[error("{file} has no row with {filter}")]
    NothingLeft {
        /// Name of the file.
        file: String,
        /// The filter.
        filter: String,
    },
    /// A score is no finite number.
    #[error("{file}, line {line}: score {text:?} of {symbol} is no number; leave the row out")]
    NoNumber {
        /// Name of the file.
        file: String,
        /// Line, the header being 1.
        line: usize,
        /// What is there.
        text: String,
        /// Gene of that line.
        symbol: String,
    },
    /// Many genes have several lines: several screens in one file.
    #[error(
        "{file}, lines {first} and {second}: {symbol} is there twice, as are {others} other genes; \
         choose one of the screens of the file by a column"
    )]
    SeveralScreens {
        /// Name of the file.
        file: String,
        /// First line of the gene.
        first: usize,
        /// Second line of the gene.
        second: usize,
        /// The first gene that is there twice.
        symbol: String,
        /// Further such genes.
        others: usize,
    },
    /// Fewer than two genes with a score.
    #[error("{file} has {genes} genes with a score; nothing to replay")]
    TooFew {
        /// Name of the file.
        file: String,
        /// Genes found.
        genes: usize,
    },
    /// A hit rule that cannot be used.
    #[error("{rule}: {reason}")]
    BadRule {
        /// The rule as given.
        rule: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A cell of the hit column is neither 0 nor 1.
    #[error("{file}, line {line}: {column} is {text:?}; expected 0 or 1")]
    NotAFlag {
        /// Name of the file.
        file: String,
        /// Line, the header being 1.
        line: usize,
        /// Name of the column.
        column: String,
        /// What is there.
        text: String,
    },
    /// The rule calls no gene, or every gene.
    #[error("{file} has {calls} by its rule ({rule}); choose another rule")]
    BadCalls {
        /// Name of the file.
        file: String,
        /// `no hit` or `only hits`.
        calls: &'static str,
        /// The rule in words.
        rule: String,
    },
}

/// An option of reading a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenOption {
    /// Name of the column of genes.
    GeneColumn,
    /// Name of the column of scores.
    ScoreColumn,
    /// `COLUMN=VALUE` of the rows that count.
    Filter,
    /// What makes a hit.
    Hits,
}

impl ScreenError {
    /// The option to give or to change.
    #[must_use]
    pub fn option(&self) -> Option<ScreenOption> {
        match self {
            Self::NoColumn { option, .. } | Self::NotRecognised { option, .. } => Some(*option),
            Self::BadFilter { .. } | Self::NothingLeft { .. } | Self::SeveralScreens { .. } => {
                Some(ScreenOption::Filter)
            }
            Self::BadRule { .. } | Self::NotAFlag { .. } | Self::BadCalls { .. } => {
                Some(ScreenOption::Hits)
            }
            Self::NotText { .. }
            | Self::NotATable { .. }
            | Self::NoNumber { .. }
            | Self::TooFew { .. } => None,
        }
    }
}
