//! What is known about the targets beside their effects: classes, a person's own columns, filters.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Context, bail};
use nextwell_model::genes::GeneResolver;
use nextwell_model::screen::report::{Report, ReportRow, symbols};
use nextwell_model::table::{Column, Table};
use nextwell_planner::features::{druggable_classes, is_transcription_factor};

use super::Args;
use super::targets::{ids, lines};

/// Names that a column of genes may have.
const GENE_COLUMNS: [&str; 4] = ["ensembl_id", "symbol", "gene", "gene_id"];

/// Columns and filters of a report's rows.
pub struct Annotations {
    /// Names of a person's own columns, and their values by Ensembl id.
    names: Vec<String>,
    values: HashMap<String, Vec<String>>,
    only: Vec<Only>,
}

enum Only {
    Factors,
    Druggable,
    Genes(HashSet<String>),
}

impl Annotations {
    /// Reads what the arguments name.
    ///
    /// # Errors
    /// A file that cannot be read or has no column of genes.
    pub fn open(args: &Args) -> anyhow::Result<Self> {
        let only = args.only.iter().map(|what| match what.as_str() {
            "factors" => Ok(Only::Factors),
            "druggable" => Ok(Only::Druggable),
            file => {
                let genes = ids(&lines(Path::new(file))?, true).into_iter().collect();
                Ok(Only::Genes(genes))
            }
        });
        let only = only.collect::<anyhow::Result<_>>()?;
        let (names, values) = match &args.annotations {
            Some(path) => read(path)?,
            None => Default::default(),
        };
        Ok(Self { names, values, only })
    }

    /// Whether a row passes every filter: any of its genes does.
    pub fn keeps(&self, report: &Report, row: &ReportRow) -> bool {
        let genes = report.genes(row);
        let any = |is: &dyn Fn(&String) -> bool| genes.iter().any(is);
        self.only.iter().all(|only| match only {
            Only::Factors => any(&|gene| is_transcription_factor(&symbol(gene))),
            Only::Druggable => any(&|gene| !druggable_classes(&symbol(gene)).is_empty()),
            Only::Genes(known) => any(&|gene| known.contains(gene)),
        })
    }

    /// The report's table with classes and a person's own columns, filtered.
    pub fn table(&self, report: &Report) -> Table {
        let rows = report.ranked();
        let mut table = report.table();
        let genes = |row: &ReportRow| report.genes(row).to_vec();
        let factor =
            |row: &&ReportRow| genes(row).iter().any(|gene| is_transcription_factor(&symbol(gene)));
        table.push("transcription_factor", Column::Flag(rows.iter().map(factor).collect()));
        let classes = |row: &&ReportRow| {
            let mut all: Vec<&str> =
                genes(row).iter().flat_map(|gene| druggable_classes(&symbol(gene))).collect();
            all.sort_unstable();
            all.dedup();
            all.join("; ")
        };
        table.push("druggable", Column::Text(rows.iter().map(classes).collect()));
        for (place, name) in self.names.iter().enumerate() {
            let value = |row: &&ReportRow| {
                let of = |gene: &String| self.values.get(gene).map(|values| values[place].clone());
                genes(row).iter().filter_map(of).collect::<Vec<_>>().join("; ")
            };
            table.push(name, Column::Text(rows.iter().map(value).collect()));
        }
        table.retain(&rows.iter().map(|row| self.keeps(report, row)).collect::<Vec<_>>());
        table
    }
}

fn symbol(gene: &String) -> String {
    symbols(std::slice::from_ref(gene))
}

/// Names of the other columns, and their values by Ensembl id.
pub type Columns = (Vec<String>, HashMap<String, Vec<String>>);

/// A CSV's other columns by the Ensembl id of its column of genes.
///
/// # Errors
/// A file that cannot be read or has no column of genes.
pub fn read(path: &Path) -> anyhow::Result<Columns> {
    let shown = path.display();
    let mut file = csv::Reader::from_path(path).with_context(|| format!("cannot read {shown}"))?;
    let header = file.headers().with_context(|| format!("{shown} is no CSV"))?.clone();
    let gene = GENE_COLUMNS.iter().find_map(|name| header.iter().position(|h| h == *name));
    let Some(gene) = gene else {
        let found = header.iter().collect::<Vec<_>>().join(", ");
        bail!("{shown} has the columns {found}; one must be {}", GENE_COLUMNS.join(", "));
    };
    let others: Vec<usize> = (0..header.len()).filter(|column| *column != gene).collect();
    let mut values = HashMap::new();
    for row in file.records() {
        let row = row.with_context(|| format!("{shown} is no CSV"))?;
        let name = row.get(gene).unwrap_or_default();
        let found = GeneResolver::bundled().resolve(name);
        let id = found.ensembl_id.unwrap_or_else(|| name.to_owned());
        let of = |&column: &usize| row.get(column).unwrap_or_default().to_owned();
        values.insert(id, others.iter().map(of).collect());
    }
    Ok((others.iter().map(|&column| header[column].to_owned()).collect(), values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_columns_are_found_by_any_name_of_the_gene() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        std::fs::write(&path, "symbol,grade,note\nT-bet,1,\"a,b\"\nno gene,2,c\n").unwrap();
        let (names, values) = read(&path).unwrap();
        assert_eq!(names, ["grade", "note"]);
        assert_eq!(values["ENSG00000073861"], ["1", "a,b"]);
        std::fs::write(&path, "name,grade\nTBX21,1\n").unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("name, grade") && error.contains("ensembl_id"), "{error}");
    }
}
