//! Classes of genes that rankings are filtered by.

use nextwell_planner::features::{druggable_classes, is_transcription_factor};

/// Whether any gene of a target is a transcription factor, and the druggable families of all, each
/// once. `label` is the target's symbols joined by `+`.
pub fn classes(label: &str) -> (bool, Vec<String>) {
    let mut druggable: Vec<String> = Vec::new();
    for class in label.split('+').flat_map(druggable_classes) {
        if !druggable.iter().any(|known| known == class) {
            druggable.push(class.to_owned());
        }
    }
    (label.split('+').any(is_transcription_factor), druggable)
}

#[cfg(test)]
mod tests {
    use super::classes;

    #[test]
    fn a_pair_has_the_classes_of_both_genes() {
        assert_eq!(
            classes("GATA3+EGFR"),
            (true, vec!["kinase".to_owned(), "catalytic receptor".to_owned()])
        );
        assert_eq!(classes("CD3E"), (false, Vec::new()));
    }
}
