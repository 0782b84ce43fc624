//! The report as a table, the effects cell by cell, and numbers of genes for AnnData.

use std::path::Path;

use super::table::{Report, ReportRow};
use crate::cells::{CellMatrix, CellsError, H5adWriter};
use crate::genes::GeneResolver;
use crate::screen::{Provenance, RowSource, ScreenError, ScreenPlan};
use crate::table::{Column, ParquetWriter, Table, TableError};

/// Rows of a group of a Parquet file, about.
const ROWS_PER_GROUP: usize = 100_000;

impl Report {
    /// One line per perturbation in the order of the ranking; docs/screen.md describes the columns.
    pub fn table(&self) -> Table {
        let rows = self.ranked();
        let text = |of: &dyn Fn(&ReportRow) -> String| {
            Column::Text(rows.iter().map(|row| of(row)).collect())
        };
        let whole = |of: &dyn Fn(&ReportRow) -> Option<usize>| {
            Column::Whole(rows.iter().map(|row| of(row).map(|n| n as i64)).collect())
        };
        let number = |of: &dyn Fn(&ReportRow) -> Option<f64>| {
            Column::Number(rows.iter().map(|row| of(row)).collect())
        };
        let mut table = Table::new();
        table.push("rank", whole(&|row| row.rank));
        table.push("symbol", text(&|row| symbols(self.genes(row))));
        table.push("ensembl_id", text(&|row| self.genes(row).join("+")));
        table.push("perturbation", text(&|row| row.id.perturbation.to_string()));
        table.push("significant", Column::Flag(rows.iter().map(|row| row.significant).collect()));
        table.push("n_cells", whole(&|row| Some(row.n_cells)));
        table.push("n_donors", whole(&|row| Some(row.n_donors)));
        table.push("n_truncated", whole(&|row| Some(row.n_truncated)));
        table.push("coverage", number(&|row| Some(row.coverage)));
        for (measure, name) in self.measures.iter().enumerate() {
            self.push_effect(&mut table, &rows, measure, name);
        }
        table.push("donors_agreeing", whole(&|row| Some(row.donors_agreeing)));
        table.push("detection_rate", number(&|row| row.expression.map(|e| e.detection_rate)));
        table.push("mean_rank", number(&|row| row.expression?.mean_rank));
        table.push("mean_expression", number(&|row| row.expression.map(|e| e.mean_expression)));
        table.push("goal_minus_start", number(&|row| row.expression?.goal_minus_start));
        table.push("matched_mean", number(&|row| row.matched.map(|m| m.mean)));
        table.push("matched_percentile", number(&|row| row.matched.map(|m| m.percentile)));
        if !self.has_goal {
            table.push("impact_share", number(&|row| row.impact_share));
        }
        if self.n_null > 0 {
            table.push("null_cells", whole(&|row| row.null.map(|null| null.n_cells)));
            table.push("null_difference", number(&|row| row.null.map(|null| null.difference)));
            table.push("null_p", number(&|row| row.null.map(|null| null.p)));
            table.push("null_q", number(&|row| row.null.and_then(|null| null.q)));
        }
        if self.targets.iter().any(|target| !target.singles.is_empty()) {
            table.push("first_alone", number(&|row| row.singles.first().copied()));
            table.push("second_alone", number(&|row| row.singles.get(1).copied()));
            table.push("joint_minus_sum", number(&|row| row.joint_minus_sum));
        }
        table
    }

    fn push_effect(&self, table: &mut Table, rows: &[&ReportRow], measure: usize, name: &str) {
        // The first measure is what ranks: its columns have no prefix.
        let prefix = if measure == 0 { String::new() } else { format!("{name}_") };
        let what = if self.has_goal { "shift" } else { "cosine" };
        type Of = fn(&super::Effect) -> Option<f64>;
        let columns: [(&str, Of); 10] = [
            ("mean", |e| e.mean),
            ("sd", |e| e.sd),
            ("cell_low", |e| e.over_cells.map(|i| i.low)),
            ("cell_high", |e| e.over_cells.map(|i| i.high)),
            ("donor_low", |e| e.over_donors.map(|i| i.low)),
            ("donor_high", |e| e.over_donors.map(|i| i.high)),
            ("p", |e| e.p),
            ("q", |e| e.q),
            ("p_donor", |e| e.p_donor),
            ("q_donor", |e| e.q_donor),
        ];
        for (column, of) in columns {
            let values = rows.iter().map(|row| row.effects.get(measure).and_then(of)).collect();
            let column = if column == "mean" { format!("mean_{what}") } else { column.to_owned() };
            table.push(format!("{prefix}{column}"), Column::Number(values));
        }
    }

    /// Writes the cells with the report of single genes: per perturbation `varm["nextwell_KIND"]`,
    /// `[genes, columns]`, NaN where a gene was not perturbed; the names of the columns are in
    /// `uns["nextwell"]["KIND_columns"]`, where the numbers come from beside them.
    ///
    /// # Errors
    /// Those of the file.
    pub fn write_h5ad(
        &self,
        path: &Path,
        cells: &CellMatrix,
        provenance: &Provenance,
    ) -> Result<(), CellsError> {
        let mut file = H5adWriter::create(path, cells)?;
        let kinds: std::collections::BTreeSet<_> =
            self.rows.iter().map(|row| row.id.perturbation).collect();
        for kind in kinds {
            let (names, values) = self.of_genes(cells, &kind.to_string());
            file.varm(&format!("nextwell_{kind}"), names.len(), &values)?;
            file.note_list(&format!("{kind}_columns"), &names)?;
        }
        for (name, value) in [
            ("model", &provenance.model),
            ("model_digest", &provenance.model_digest),
            ("vocabulary_digest", &provenance.vocabulary_digest),
            ("cells_digest", &provenance.cells_digest),
            ("version", &provenance.version),
            ("device", &provenance.device),
        ] {
            file.note(name, value)?;
        }
        file.note_list("measures", &self.measures)?;
        file.note_list("warnings", &self.warnings)?;
        file.finish()
    }

    /// Numbers of single genes of one perturbation, a row per column of the matrix.
    fn of_genes(&self, cells: &CellMatrix, kind: &str) -> (Vec<String>, Vec<f64>) {
        let table = self.table();
        let rows = self.ranked();
        let columns: Vec<(&String, &Vec<Option<f64>>)> = table
            .columns()
            .iter()
            .filter_map(|(name, column)| match column {
                Column::Number(values) => Some((name, values)),
                _ => None,
            })
            .collect();
        let mut place = std::collections::HashMap::new();
        for (line, row) in rows.iter().enumerate() {
            if let ([gene], true) = (self.genes(row), row.id.perturbation.to_string() == kind) {
                place.insert(gene.as_str(), line);
            }
        }
        let mut values = Vec::with_capacity(cells.n_genes() * columns.len());
        for gene in &cells.genes {
            let name = gene.ensembl.as_deref().unwrap_or(&gene.symbol);
            let line = place.get(name).copied();
            let of = |values: &Vec<Option<f64>>| line.and_then(|line| values[line]);
            values.extend(columns.iter().map(|(_, column)| of(column).unwrap_or(f64::NAN)));
        }
        (columns.into_iter().map(|(name, _)| name.clone()).collect(), values)
    }
}

/// Writes every effect in every cell, a line each: Parquet where the name ends in `.parquet`, else
/// CSV. Streams; no more than one group of rows is in memory.
///
/// # Errors
/// Whatever `source` refuses; those of the file.
pub fn write_values(
    path: &Path,
    plan: &ScreenPlan,
    source: &dyn RowSource,
    cells: &CellMatrix,
) -> Result<(), ScreenError> {
    let refused = |error: TableError| ScreenError::bad_file(path, error.to_string());
    let parquet = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("parquet"));
    let mut lines = Lines::new(plan, cells);
    if parquet {
        let mut file = ParquetWriter::create(path, &lines.take()).map_err(refused)?;
        source.each(&mut |row| {
            lines.add(&row);
            if lines.len() < ROWS_PER_GROUP {
                return Ok(());
            }
            file.write(&lines.take()).map_err(refused)
        })?;
        file.write(&lines.take()).map_err(refused)?;
        return file.finish().map_err(refused);
    }
    let part = path.with_extension(format!("part{}", std::process::id()));
    let file = std::fs::File::create(&part).map_err(ScreenError::io(&part))?;
    let mut file = std::io::BufWriter::new(file);
    lines.take().csv(&mut file, true).map_err(refused)?;
    source.each(&mut |row| {
        lines.add(&row);
        lines.take().csv(&mut file, false).map_err(refused)
    })?;
    drop(file);
    std::fs::rename(&part, path).map_err(ScreenError::io(path))
}

/// Lines of a file of values.
struct Lines<'a> {
    plan: &'a ScreenPlan,
    cells: &'a CellMatrix,
    labels: Vec<String>,
    target: Vec<String>,
    perturbation: Vec<String>,
    cell: Vec<String>,
    donor: Vec<String>,
    null: Vec<bool>,
    measures: Vec<Vec<Option<f64>>>,
}

impl<'a> Lines<'a> {
    fn new(plan: &'a ScreenPlan, cells: &'a CellMatrix) -> Self {
        Self {
            plan,
            cells,
            labels: plan.targets.iter().map(|target| symbols(&target.genes)).collect(),
            target: Vec::new(),
            perturbation: Vec::new(),
            cell: Vec::new(),
            donor: Vec::new(),
            null: Vec::new(),
            measures: vec![Vec::new(); plan.measures.len()],
        }
    }

    fn len(&self) -> usize {
        self.target.len()
    }

    fn add(&mut self, row: &crate::screen::RowValues) {
        let n = self.measures.len();
        for (cell, values) in row.cells.iter().zip(row.values.chunks_exact(n.max(1))) {
            let cell = &self.plan.cells[*cell as usize];
            self.target.push(self.labels[row.id.target].clone());
            self.perturbation.push(row.id.perturbation.to_string());
            self.cell.push(self.cells.cells[cell.row].clone());
            self.donor.push(cell.donor.clone().unwrap_or_default());
            self.null.push(cell.null);
            self.measures.iter_mut().zip(values).for_each(|(all, value)| all.push(Some(*value)));
        }
    }

    /// The lines so far, which are then forgotten.
    fn take(&mut self) -> Table {
        let mut table = Table::new();
        table.push("target", Column::Text(std::mem::take(&mut self.target)));
        table.push("perturbation", Column::Text(std::mem::take(&mut self.perturbation)));
        table.push("cell", Column::Text(std::mem::take(&mut self.cell)));
        table.push("donor", Column::Text(std::mem::take(&mut self.donor)));
        table.push("null_group", Column::Flag(std::mem::take(&mut self.null)));
        for (name, values) in self.plan.measures.iter().zip(&mut self.measures) {
            table.push(format!("effect_{name}"), Column::Number(std::mem::take(values)));
        }
        table
    }
}

/// Symbols joined by `+`; the id where a gene has none.
pub fn symbols(genes: &[String]) -> String {
    let symbol = |gene: &String| {
        GeneResolver::bundled().resolve(gene).symbol.unwrap_or_else(|| gene.clone())
    };
    genes.iter().map(symbol).collect::<Vec<_>>().join("+")
}
