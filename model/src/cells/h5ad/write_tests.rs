use super::*;
use crate::cells::fixtures::small_matrix;
use crate::cells::{ReadLimits, read_h5ad};

fn written(dir: &Path, cells: &CellMatrix) -> PathBuf {
    let path = dir.join("out.h5ad");
    let mut writer = H5adWriter::create(&path, cells).unwrap();
    writer.obsm("X_cls", 2, &[1.0, 2.0, 3.0, 4.0, f32::NAN, 6.0]).unwrap();
    writer.obs("cell_type", ObsColumn::from_labels(&[Some("T"), None, Some("B")])).unwrap();
    writer.note("model", "abc").unwrap();
    writer.note_number("seed", 3.0).unwrap();
    writer.note_list("labels", &["T".to_owned(), "B".to_owned()]).unwrap();
    let mut layer = writer.layer("enhanced").unwrap();
    for row in 0..3 {
        layer.row(&[row as f32, 0.5, 2.0]).unwrap();
    }
    assert!(layer.row(&[0.0; 3]).is_err(), "a fourth row of three cells");
    drop(layer);
    writer.finish().unwrap();
    path
}

#[test]
fn what_was_written_reads_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut cells = small_matrix();
    let path = written(dir.path(), &cells);
    let (found, report) = read_h5ad(&path, &ReadLimits::default()).unwrap();
    assert_eq!(report.counts_source, "X");
    let types = ObsColumn::from_labels(&[Some("T"), None, Some("B")]);
    cells.obs.insert("cell_type".into(), types);
    assert_eq!(found, cells);
    let file = File::open(&path).unwrap();
    let obsm = file.dataset("obsm/X_cls").unwrap();
    assert_eq!(obsm.shape(), [3, 2]);
    assert_eq!(obsm.read_raw::<f32>().unwrap()[3], 4.0);
    let layer = file.dataset("layers/enhanced").unwrap();
    let expected = [0.0, 0.5, 2.0, 1.0, 0.5, 2.0, 2.0, 0.5, 2.0];
    assert_eq!(layer.read_raw::<f32>().unwrap(), expected);
    assert_eq!(file.dataset("uns/nextwell/seed").unwrap().read_scalar::<f64>().unwrap(), 3.0);
}

#[test]
fn genes_without_ensembl_ids_keep_their_symbols() {
    let dir = tempfile::tempdir().unwrap();
    let mut cells = small_matrix();
    for gene in &mut cells.genes {
        gene.ensembl = None;
        gene.symbol = format!("odd {}", gene.symbol);
    }
    let (found, _) = read_h5ad(&written(dir.path(), &cells), &ReadLimits::default()).unwrap();
    assert_eq!(found.genes, cells.genes);
}

#[test]
fn an_unfinished_file_leaves_nothing_and_a_finished_one_only_itself() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out.h5ad");
    std::fs::write(&path, "earlier").unwrap();
    let cells = small_matrix();
    let mut writer = H5adWriter::create(&path, &cells).unwrap();
    assert!(writer.obsm("X", 2, &[0.0; 5]).is_err());
    assert!(writer.obs("short", ObsColumn::Numeric(vec![1.0])).is_err());
    drop(writer);
    assert_eq!(std::fs::read(&path).unwrap(), b"earlier");
    written(dir.path(), &cells);
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(read_h5ad(&path, &ReadLimits::default()).is_ok());
}

#[test]
fn the_same_content_gives_the_same_bytes() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cells = small_matrix();
    let read = |dir: &Path| std::fs::read(written(dir, &cells)).unwrap();
    assert!(read(a.path()) == read(b.path()));
}

#[test]
fn odd_column_names_and_repeated_categories_are_made_fit_for_pandas() {
    let dir = tempfile::tempdir().unwrap();
    let mut cells = small_matrix();
    let repeated = ObsColumn::Categorical {
        codes: vec![0, 1, 2],
        categories: vec!["a".into(), "b".into(), "a".into()],
    };
    cells.obs.insert("a/b".into(), repeated);
    cells.obs.insert("a_b".into(), ObsColumn::Numeric(vec![1.0, 2.0, 3.0]));
    cells.obs.insert("_index".into(), ObsColumn::Numeric(vec![4.0, 5.0, 6.0]));
    let (found, _) = read_h5ad(&written(dir.path(), &cells), &ReadLimits::default()).unwrap();
    let label = |cell| found.obs["a_b"].label(cell);
    assert_eq!([label(0), label(1), label(2)], [Some("a"), Some("b"), Some("a")]);
    assert_eq!(found.obs["a_b_"], ObsColumn::Numeric(vec![1.0, 2.0, 3.0]));
    assert_eq!(found.obs["column_index"], ObsColumn::Numeric(vec![4.0, 5.0, 6.0]));
}
