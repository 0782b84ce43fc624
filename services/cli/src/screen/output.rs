//! What a finished screen writes and shows.

use std::path::{Path, PathBuf};

use nextwell_model::screen::report::{
    ConsensusRow, ReportRow, agreement, consensus as consensus_of, symbols, write_values,
};
use nextwell_model::screen::{GeneShift, ScreenPlan};
use nextwell_model::table::{Column, Table};

use super::Args;
use super::annotate::Annotations;
use super::engine::{Done, Lab};
use super::known::Known;

/// Rows shown on the terminal.
const SHOWN: usize = 15;

/// Writes one model's files and shows its best rows.
pub fn report(args: &Args, lab: &Lab, done: &Done, several: bool) -> anyhow::Result<()> {
    let annotations = Annotations::open(args)?;
    for out in &args.out {
        let path = if several { named(out, &done.model) } else { out.clone() };
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("h5ad")) {
            done.report.write_h5ad(&path, &lab.cells, &done.provenance)?;
        } else {
            annotations.table(&done.report).write(&path)?;
        }
        eprintln!("wrote {}", path.display());
    }
    if let Some(path) = &args.values {
        let path = if several { named(path, &done.model) } else { path.clone() };
        write_values(&path, done.screener.plan(), &done.run, &lab.cells)?;
        eprintln!("wrote {}", path.display());
    }
    if let Some(path) = &args.gene_shifts {
        let path = if several { named(path, &done.model) } else { path.clone() };
        gene_shifts(done, &path)?;
        eprintln!("wrote {}", path.display());
    }
    show(done, &annotations);
    for known in Known::open(args)? {
        known.evaluate(done)?;
    }
    Ok(())
}

/// Ranks targets over all models, and says how far the models agree.
pub fn consensus(args: &Args, screens: &[Done]) -> anyhow::Result<()> {
    let tables: Vec<_> = screens.iter().map(|done| done.report.ranked_table()).collect();
    for (place, ours) in tables.iter().enumerate() {
        for (other, theirs) in tables.iter().enumerate().skip(place + 1) {
            let found = agreement(ours, theirs);
            let spearman = found.spearman.map_or("none".into(), |value| format!("{value:.2}"));
            println!(
                "agreement of {} and {}: Spearman {spearman} over {} perturbations, {} of the \
                 first 20 in common",
                screens[place].name, screens[other].name, found.n, found.top_overlap
            );
        }
    }
    let rows = consensus_of(&tables);
    for row in rows.iter().take(SHOWN) {
        println!("{:>5.2}  {:<18} {}", row.score, symbols(&row.genes), row.perturbation);
    }
    if let Some(out) = args.out.first() {
        let path = named(out, Path::new("consensus")).with_extension("csv");
        consensus_table(&rows, screens).write(&path)?;
        eprintln!("wrote {}", path.display());
    }
    Ok(())
}

fn consensus_table(rows: &[ConsensusRow], screens: &[Done]) -> Table {
    let mut table = Table::new();
    let text = |of: &dyn Fn(&ConsensusRow) -> String| Column::Text(rows.iter().map(of).collect());
    let whole = |of: &dyn Fn(&ConsensusRow) -> Option<usize>| {
        Column::Whole(rows.iter().map(|row| of(row).map(|n| n as i64)).collect())
    };
    table.push("symbol", text(&|row| symbols(&row.genes)));
    table.push("ensembl_id", text(&|row| row.genes.join("+")));
    table.push("perturbation", text(&|row| row.perturbation.to_string()));
    table.push("score", Column::Number(rows.iter().map(|row| Some(row.score)).collect()));
    table.push("direction", text(&|row| if row.helps { "helps" } else { "harms" }.into()));
    table.push("n_screens", whole(&|row| Some(row.n_screens)));
    table.push("n_significant", whole(&|row| Some(row.n_significant)));
    table.push("n_agreeing", whole(&|row| Some(row.n_agreeing)));
    for (place, done) in screens.iter().enumerate() {
        table.push(format!("rank_{}", done.name), whole(&|row| row.ranks[place]));
    }
    table
}

/// `all.csv` for the model `b/` is `all-b.csv`.
fn named(out: &Path, model: &Path) -> PathBuf {
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let model = model.file_name().unwrap_or_default().to_string_lossy();
    let end = out.extension().map_or(String::new(), |end| format!(".{}", end.to_string_lossy()));
    out.with_file_name(format!("{stem}-{model}{end}"))
}

fn gene_shifts(done: &Done, path: &Path) -> anyhow::Result<()> {
    let plan: &ScreenPlan = done.screener.plan();
    let mut found: Vec<GeneShift> = Vec::new();
    done.run.gene_shifts(&mut |shift| {
        found.push(shift);
        Ok(())
    })?;
    let names: std::collections::HashMap<u32, &str> =
        done.screener.model().genes().iter().map(|g| (g.token, g.symbol.as_str())).collect();
    let mut table = Table::new();
    let text = |of: &dyn Fn(&GeneShift) -> String| Column::Text(found.iter().map(of).collect());
    let number = |of: &dyn Fn(&GeneShift) -> f64| {
        Column::Number(found.iter().map(|shift| Some(of(shift))).collect())
    };
    table.push("perturbed", text(&|shift| symbols(&plan.targets[shift.id.target].genes)));
    table.push("perturbation", text(&|shift| shift.id.perturbation.to_string()));
    let affected = |shift: &GeneShift| names.get(&shift.affected).map_or("", |name| name);
    table.push("affected", text(&|shift| affected(shift).to_owned()));
    table.push("mean_cosine", number(&|shift| shift.mean));
    table.push("sd", number(&|shift| shift.sd));
    let cells = found.iter().map(|shift| Some(shift.n as i64)).collect();
    table.push("n_cells", Column::Whole(cells));
    Ok(table.write(path)?)
}

fn show(done: &Done, annotations: &Annotations) {
    let report = &done.report;
    let what = if report.has_goal { "shift" } else { "cosine" };
    println!(
        "\n{}: {} cells, {} donors, {}",
        done.name,
        report.n_cells,
        report.n_donors,
        match report.noise_floor {
            Some(floor) => format!("noise floor {floor:.1e}"),
            None => "no noise floor".into(),
        }
    );
    if let Some(check) = &done.check {
        println!("{check}; the genes below were run exactly");
    }
    println!(
        "{:>5}  {:<18} {:<16} {:>11} {:>9} {:>6} {:>8}",
        "rank", "gene", "perturbation", what, "q", "cells", "matched"
    );
    let number = |value: Option<f64>| value.map_or("".into(), |value| format!("{value:.1e}"));
    let line = |row: &ReportRow| {
        println!(
            "{:>5}  {:<18} {:<16} {:>11} {:>9} {:>6} {:>8}{}",
            row.rank.map_or(String::new(), |rank| rank.to_string()),
            symbols(report.genes(row)),
            row.id.perturbation,
            number(row.mean()),
            number(row.q()),
            row.n_cells,
            row.matched.map_or(String::new(), |m| format!("{:.0} %", m.percentile * 100.0)),
            if row.significant { " *" } else { "" },
        );
    };
    for kind in &done.screener.plan().perturbations {
        let rows = report.ranked().into_iter().filter(|row| row.id.perturbation == *kind);
        let kept = rows.filter(|row| row.rank.is_some() && annotations.keeps(report, row));
        kept.take(SHOWN).for_each(line);
    }
    for warning in &report.warnings {
        println!("! {warning}");
    }
}
