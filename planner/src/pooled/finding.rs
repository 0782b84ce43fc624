//! One thing found in a guide library or a MAGeCK table.

use serde::Serialize;

/// One error or warning, with where it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Machine word, such as `duplicate_guide`.
    pub code: &'static str,
    /// Row of the file, from 1, header included; `None` when it is about the whole file.
    pub row: Option<u64>,
    /// Header of the column, as written.
    pub column: Option<String>,
    /// What was found, what was expected, what to do.
    pub message: String,
}

impl Finding {
    /// A finding about the whole file.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, row: None, column: None, message: message.into() }
    }

    pub(super) fn at(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    pub(super) fn in_column(mut self, column: &str) -> Self {
        self.column = Some(shown(column));
        self
    }
}

/// Findings listed before reading stops.
pub(super) const MOST: usize = 1_000;

/// Text short enough for a message.
pub(super) fn shown(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    text.chars().take(59).chain(['…']).collect()
}

/// The first `most` names, and how many more there are.
pub(super) fn listed(names: &[String], most: usize) -> String {
    let first: Vec<&str> = names.iter().take(most).map(String::as_str).collect();
    match names.len().saturating_sub(most) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_and_long_texts_are_cut_where_they_can_still_be_read() {
        let names: Vec<String> = (1..=5).map(|n| format!("G{n}")).collect();
        assert_eq!(listed(&names, 3), "G1, G2, G3 and 2 more");
        assert_eq!(listed(&names[..2], 3), "G1, G2");
        assert_eq!(shown(&"x".repeat(70)).chars().count(), 60);
    }
}
