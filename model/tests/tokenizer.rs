//! The tokenizer gives the ids of the reference implementation.

#[path = "golden/tokenizer.rs"]
mod tokenizer;

use std::path::Path;

#[test]
fn golden_cells_get_the_ids_of_the_reference_tokenizer() {
    let dir =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/golden/geneformer/tokenizer");
    let (compared, largest) = tokenizer::check(&dir).unwrap();
    assert!(compared > 200 && largest == 0.0, "{compared} ids compared");
}
