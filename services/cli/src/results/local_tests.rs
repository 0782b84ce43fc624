use super::*;

fn golden(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../planner/tests/data/golden/assay").join(name)
}

#[test]
fn genes_are_listed_with_every_doubt() {
    let path = golden("mageck_test.gene_summary.txt");
    let import = import(&path, None).unwrap();
    has_in_order(
        &text(&path, &import),
        &[
            "mageck_test.gene_summary.txt: MAGeCK test, genes: 24 genes, utf-8, cells separated by tab",
            "recognised because the header has the columns id, num",
            "warning (gene_ambiguous): row 7: `SEPT2` may mean SEPTIN2, SEPTIN6: choose one",
            "warning (gene_previous): row 11: `MARCH1` is an earlier symbol of MARCHF1",
            "it may be accepted; see the warnings",
        ],
    );
    assert!(!concerns_a_campaign(&import));
}

/// Every part is in the text, in this order.
fn has_in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("`{part}` is not next in:\n{text}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn an_error_names_its_row_once() {
    let path = golden("broken_counts_negative.txt");
    let import = import(&path, None).unwrap();
    let text = text(&path, &import);
    assert!(text.contains("error (not_a_count): row 2 holds `-3`"), "{text}");
    assert!(text.ends_with("it cannot be accepted as it is\n"), "{text}");
}

#[test]
fn values_of_plates_concern_a_campaign_and_so_does_what_is_not_known() {
    for name in ["bmg_mars_384.csv", "list_24.csv", "broken_empty.csv"] {
        assert!(concerns_a_campaign(&import(&golden(name), None).unwrap()), "{name}");
    }
    for name in ["counts.txt", "quantstudio.txt", "tidy.csv"] {
        assert!(!concerns_a_campaign(&import(&golden(name), None).unwrap()), "{name}");
    }
}

#[test]
fn the_format_can_be_chosen() {
    let import = import(&golden("tidy.csv"), Some(FormatId::WellList)).unwrap();
    assert_eq!((import.format, import.outcome), (FormatId::WellList, Outcome::Rejected));
}
