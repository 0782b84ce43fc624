//! Symbols that a spreadsheet turned into dates.

/// Months with the symbol stems a spreadsheet takes for them.
const MONTHS: [(&str, &str, &[&str]); 12] = [
    ("jan", "january", &["JAN"]),
    ("feb", "february", &["FEB"]),
    ("mar", "march", &["MARCH", "MARC", "MAR"]),
    ("apr", "april", &["APR"]),
    ("may", "may", &["MAY"]),
    ("jun", "june", &["JUN"]),
    ("jul", "july", &["JUL"]),
    ("aug", "august", &["AUG"]),
    ("sep", "september", &["SEPT", "SEP"]),
    ("oct", "october", &["OCT"]),
    ("nov", "november", &["NOV"]),
    ("dec", "december", &["DEC"]),
];

/// The texts a date may have been: `2-Sep` gives `SEPT2` and `SEP2`. Empty if it is no date.
///
/// Knows `2-Sep`, `Sep-02`, `02.Sep`, `2 September` and `2026-09-02`.
pub(super) fn texts_behind_date(text: &str) -> Vec<String> {
    let parts: Vec<&str> =
        text.split(['-', '.', '/', ' ']).filter(|part| !part.is_empty()).collect();
    let found = match parts[..] {
        [first, second] => {
            month_name(first).zip(day(second)).or_else(|| month_name(second).zip(day(first)))
        }
        [year, month, number] if year.len() == 4 && year.parse::<u32>().is_ok() => {
            month.parse().ok().and_then(|month: usize| month.checked_sub(1)).zip(day(number))
        }
        _ => None,
    };
    let Some((month, day)) = found else { return Vec::new() };
    let stems = MONTHS.get(month).map_or(&[][..], |(_, _, stems)| stems);
    stems.iter().map(|stem| format!("{stem}{day}")).collect()
}

fn month_name(text: &str) -> Option<usize> {
    let text = text.to_ascii_lowercase();
    MONTHS.iter().position(|(short, long, _)| text == *short || text == *long)
}

fn day(text: &str) -> Option<u32> {
    text.parse().ok().filter(|day| (1..=31).contains(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_give_the_texts_they_may_have_been() {
        for text in ["2-Sep", "Sep-02", "02.Sep", "2 September", "2026-09-02"] {
            assert_eq!(texts_behind_date(text), vec!["SEPT2", "SEP2"], "{text}");
        }
        for text in ["GATA3", "HLA-A", "40-Sep", "2026-13-02", "Sep", "NKX2-1"] {
            assert!(texts_behind_date(text).is_empty(), "{text}");
        }
    }
}
