//! Names close to a text that names nothing.

/// Longest text for which near names are looked up; longer ones are no gene symbols.
const LONGEST: usize = 40;

/// The `count` names nearest to `text` by edit distance without regard to case, ties in
/// alphabetical order. Empty for a text too long to be a symbol.
pub(super) fn nearest<'a>(
    text: &str,
    names: impl Iterator<Item = &'a str>,
    count: usize,
) -> Vec<&'a str> {
    let wanted: Vec<u8> = text.bytes().map(|byte| byte.to_ascii_uppercase()).collect();
    if wanted.is_empty() || wanted.len() > LONGEST {
        return Vec::new();
    }
    let mut best: Vec<(usize, &str)> = Vec::with_capacity(count + 1);
    let mut line = Vec::new();
    for name in names {
        let worst = if best.len() < count { usize::MAX } else { best[count - 1].0 };
        if wanted.len().abs_diff(name.len()) > worst {
            continue;
        }
        let entry = (distance(&wanted, name.as_bytes(), &mut line), name);
        let place = best.partition_point(|known| *known < entry);
        best.insert(place, entry);
        best.truncate(count);
    }
    best.into_iter().map(|(_, name)| name).collect()
}

/// Levenshtein distance; `line` is scratch space.
fn distance(a: &[u8], b: &[u8], line: &mut Vec<usize>) -> usize {
    line.clear();
    line.extend(0..=a.len());
    for (row, &right) in b.iter().enumerate() {
        let right = right.to_ascii_uppercase();
        let mut diagonal = line[0];
        line[0] = row + 1;
        for (column, &left) in a.iter().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = line[column + 1];
            line[column + 1] = replaced.min(diagonal + 1).min(line[column] + 1);
        }
    }
    line[a.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first_and_ties_are_alphabetical() {
        let names = ["TBX21", "GATA4", "GATA2", "GATA3", "ACTB"];
        assert_eq!(nearest("gata-3", names.into_iter(), 3), vec!["GATA3", "GATA2", "GATA4"]);
        assert!(nearest(&"x".repeat(41), names.into_iter(), 3).is_empty());
    }

    #[test]
    fn the_distance_counts_insertions_deletions_and_replacements() {
        assert_eq!(distance(b"KITTEN", b"SITTING", &mut Vec::new()), 3);
        assert_eq!(distance(b"", b"ABC", &mut Vec::new()), 3);
    }
}
