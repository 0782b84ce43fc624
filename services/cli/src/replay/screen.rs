//! Finished screens: any table of genes and scores.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use flate2::read::MultiGzDecoder;
use nextwell_model::genes::GeneResolver;
use nextwell_planner::features::ModelScore;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{Args, Prior};

/// A gene of a finished screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Gene {
    /// Symbol, as the screen spells it.
    pub symbol: String,
    /// Score, in the screen's own unit.
    pub score: f64,
    /// Called a hit.
    pub hit: bool,
}

/// A finished screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Screen {
    /// Name of its file.
    pub name: String,
    /// Its genes, each once.
    pub genes: Vec<Gene>,
    /// What makes a hit, in words.
    pub rule: String,
}

/// A table with named columns.
struct Rows {
    shown: String,
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

const GENES: [&str; 6] = ["gene", "symbol", "gene_symbol", "id", "name", "target"];
const SCORES: [&str; 7] = ["score", "robust_z", "z", "lfc", "logfc", "effect", "beta"];

impl Rows {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display().to_string();
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
        let mut text = String::new();
        let packed = bytes.starts_with(&[0x1f, 0x8b]);
        match packed {
            true => MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text),
            false => bytes.as_slice().read_to_string(&mut text),
        }
        .with_context(|| format!("{shown} is no text"))?;
        let head = text.lines().next().unwrap_or_default();
        let delimiter = [b'\t', b',', b';'].into_iter().max_by_key(|d| {
            // The first of equals wins, as max_by_key takes the last.
            (head.bytes().filter(|b| b == d).count(), *d == b',')
        });
        let mut file = csv::ReaderBuilder::new()
            .delimiter(delimiter.unwrap_or(b','))
            .flexible(true)
            .from_reader(text.as_bytes());
        let names = file.headers().with_context(|| format!("{shown} is no table"))?;
        let names = names.iter().map(|name| name.trim().trim_start_matches('\u{feff}').to_owned());
        let names: Vec<String> = names.collect();
        let mut rows = Vec::new();
        for row in file.records() {
            let row = row.with_context(|| format!("{shown} is no table"))?;
            rows.push(row.iter().map(|cell| cell.trim().to_owned()).collect());
        }
        Ok(Self { shown, names, rows })
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known.eq_ignore_ascii_case(name))
    }

    fn column(&self, name: &str) -> anyhow::Result<usize> {
        self.find(name).with_context(|| {
            format!("{} has no column {name}; it has {}", self.shown, self.names.join(", "))
        })
    }

    fn cell(&self, row: usize, column: usize) -> &str {
        self.rows[row].get(column).map_or("", String::as_str)
    }

    fn number(&self, row: usize, column: usize) -> Option<f64> {
        self.cell(row, column).parse().ok().filter(|value: &f64| value.is_finite())
    }

    fn keep(&mut self, filter: &str) -> anyhow::Result<()> {
        let (name, value) = filter
            .split_once('=')
            .with_context(|| format!("{filter}: write it as COLUMN=VALUE"))?;
        let column = self.column(name)?;
        self.rows.retain(|row| row.get(column).is_some_and(|cell| cell == value));
        match self.rows.is_empty() {
            true => bail!("{} has no row with {filter}", self.shown),
            false => Ok(()),
        }
    }
}

/// How scores and hits are read.
struct Layout {
    gene: usize,
    score: usize,
    /// Column of the false discovery rates; the smallest counts.
    fdr: Vec<usize>,
    hit: Option<usize>,
}

impl Layout {
    fn of(rows: &Rows, gene: Option<&str>, score: Option<&str>) -> anyhow::Result<Self> {
        let named = |name: Option<&str>, known: &[&str], what: &str| match name {
            Some(name) => rows.column(name),
            None => known.iter().find_map(|name| rows.find(name)).with_context(|| {
                format!(
                    "{} has the columns {}; name that of the {what} with --{what}-column",
                    rows.shown,
                    rows.names.join(", ")
                )
            }),
        };
        let ending = |end: &str| -> Vec<usize> {
            let of = |name: &String| name.to_lowercase().ends_with(end);
            (0..rows.names.len()).filter(|&at| of(&rows.names[at])).collect()
        };
        // MAGeCK RRA has neg|lfc (= pos|lfc), MLE one CONDITION|beta and CONDITION|fdr.
        let mageck = rows.find("neg|lfc").or_else(|| ending("|beta").first().copied());
        let score = match (score, mageck) {
            (None, Some(at)) => at,
            (score, _) => named(score, &SCORES, "score")?,
        };
        let fdr = match rows.names[score].strip_suffix("|beta") {
            Some(condition) => rows.find(&format!("{condition}|fdr")).into_iter().collect(),
            None => ["neg|fdr", "pos|fdr", "neg_fdr", "pos_fdr", "fdr"]
                .iter()
                .filter_map(|name| rows.find(name))
                .collect(),
        };
        Ok(Self { gene: named(gene, &GENES, "gene")?, score, fdr, hit: rows.find("hit") })
    }
}

impl Screen {
    /// Reads the screen that the arguments name.
    ///
    /// # Errors
    /// An unreadable file, a missing column, no gene, no hit.
    pub fn read(args: &Args) -> anyhow::Result<Self> {
        let mut rows = Rows::read(&args.screen)?;
        if let Some(filter) = &args.filter {
            rows.keep(filter)?;
        }
        let layout = Layout::of(&rows, args.gene_column.as_deref(), args.score_column.as_deref())?;
        let mut screen = Self::from_rows(&rows, &layout, args.hits.as_deref())?;
        screen.name = args.screen.display().to_string();
        Ok(screen)
    }

    /// An earlier screen: `FILE` or `FILE:COLUMN=VALUE`.
    ///
    /// # Errors
    /// An unreadable file or a missing column.
    pub fn earlier(text: &str) -> anyhow::Result<Self> {
        let (file, filter) = match text.rsplit_once(':') {
            Some((file, filter)) if filter.contains('=') => (file, Some(filter)),
            _ => (text, None),
        };
        let mut rows = Rows::read(Path::new(file))?;
        if let Some(filter) = filter {
            rows.keep(filter)?;
        }
        let layout = Layout::of(&rows, None, None)?;
        let mut screen =
            Self::from_rows(&rows, &Layout { hit: None, fdr: vec![], ..layout }, None)?;
        screen.name = text.to_owned();
        Ok(screen)
    }

    fn from_rows(rows: &Rows, layout: &Layout, hits: Option<&str>) -> anyhow::Result<Self> {
        let mut seen = HashMap::new();
        let mut genes = Vec::new();
        let mut lines: Vec<Vec<(usize, f64)>> = Vec::new();
        for row in 0..rows.rows.len() {
            let symbol = rows.cell(row, layout.gene);
            // Guides that target nothing are no candidates.
            if symbol.is_empty() || is_control(symbol) {
                continue;
            }
            let Some(score) = rows.number(row, layout.score) else {
                let text = rows.cell(row, layout.score);
                bail!(
                    "{}, line {}: score {text:?} of {symbol} is no number; leave the row out",
                    rows.shown,
                    row + 2
                );
            };
            // A gene that is listed twice (an old and a new name, two isoforms) is one gene.
            match seen.entry(symbol.to_owned()) {
                Entry::Vacant(place) => {
                    place.insert(genes.len());
                }
                Entry::Occupied(place) => {
                    lines[*place.get()].push((row, score));
                    continue;
                }
            }
            genes.push(Gene { symbol: symbol.to_owned(), score, hit: false });
            lines.push(vec![(row, score)]);
        }
        merge(rows, &lines, &mut genes)?;
        if genes.len() < 2 {
            bail!("{} has {} genes with a score; nothing to replay", rows.shown, genes.len());
        }
        let rule = Rule::of(rows, layout, hits)?;
        rule.call(rows, &lines, &mut genes)?;
        Ok(Self { name: rows.shown.clone(), genes, rule: rule.words(rows) })
    }

    /// Takes genes out.
    pub fn drop(&mut self, out: &impl Fn(&str) -> bool) {
        self.genes.retain(|gene| !out(&gene.symbol));
    }

    /// Symbols of the hits.
    pub fn hits(&self) -> BTreeSet<String> {
        self.genes.iter().filter(|gene| gene.hit).map(|gene| gene.symbol.clone()).collect()
    }

    /// Gives every gene the score and call of another one.
    pub fn permute(&mut self, seed: u64) {
        let of = permutation(self.genes.len(), seed);
        let labels: Vec<(f64, bool)> =
            of.iter().map(|&i| (self.genes[i].score, self.genes[i].hit)).collect();
        for (gene, (score, hit)) in self.genes.iter_mut().zip(labels) {
            (gene.score, gene.hit) = (score, hit);
        }
    }
}

/// Gives a gene with several lines their mean score. Many such genes are several screens in one
/// file.
fn merge(rows: &Rows, lines: &[Vec<(usize, f64)>], genes: &mut [Gene]) -> anyhow::Result<()> {
    let twice = lines.iter().zip(genes.iter()).filter(|(lines, _)| lines.len() > 1);
    let twice: Vec<(&Vec<(usize, f64)>, &Gene)> = twice.collect();
    let Some((first, gene)) = twice.first() else { return Ok(()) };
    if 10 * twice.len() > genes.len() {
        bail!(
            "{}, lines {} and {}: {} is there twice, as are {} other genes; name the screen with \
             --where COLUMN=VALUE",
            rows.shown,
            first[0].0 + 2,
            first[1].0 + 2,
            gene.symbol,
            twice.len() - 1
        );
    }
    let names: Vec<&str> = twice.iter().map(|(_, gene)| gene.symbol.as_str()).take(8).collect();
    eprintln!(
        "nextwell: {}: {} genes have several lines and get their mean: {}",
        rows.shown,
        twice.len(),
        names.join(", ")
    );
    for (lines, gene) in lines.iter().zip(genes) {
        gene.score = lines.iter().map(|(_, score)| score).sum::<f64>() / lines.len() as f64;
    }
    Ok(())
}

/// What makes a hit.
enum Rule {
    Column(usize),
    Fdr(Vec<usize>, f64),
    /// The share of genes farthest from the median.
    Top(f64),
    /// Score at least or at most a number; of its magnitude where `absolute`.
    Score {
        absolute: bool,
        at_least: bool,
        bound: f64,
    },
}

impl Rule {
    fn of(rows: &Rows, layout: &Layout, hits: Option<&str>) -> anyhow::Result<Self> {
        let Some(text) = hits else {
            return Ok(match (layout.hit, layout.fdr.is_empty()) {
                (Some(column), _) => Self::Column(column),
                (None, false) => Self::Fdr(layout.fdr.clone(), 0.05),
                (None, true) => Self::Top(0.05),
            });
        };
        let number = |text: &str| -> anyhow::Result<f64> {
            text.trim().parse().with_context(|| format!("{text} is no number"))
        };
        if let Some(share) = text.strip_prefix("top").and_then(|rest| rest.strip_suffix('%')) {
            let share = number(share)? / 100.0;
            return match 0.0 < share && share < 1.0 {
                true => Ok(Self::Top(share)),
                false => bail!("--hits {text}: expected a share between 0 and 100 %"),
            };
        }
        if let Some(bound) = text.strip_prefix("fdr<") {
            return match layout.fdr.is_empty() {
                true => bail!("{} has no column of FDR", rows.shown),
                false => Ok(Self::Fdr(layout.fdr.clone(), number(bound)?)),
            };
        }
        for (sign, at_least) in [(">=", true), ("<=", false)] {
            if let Some((what, bound)) = text.split_once(sign) {
                let absolute = match what.trim() {
                    "|score|" => true,
                    "score" => false,
                    other => bail!("--hits {text}: {other} is neither score nor |score|"),
                };
                return Ok(Self::Score { absolute, at_least, bound: number(bound)? });
            }
        }
        rows.column(text).map(Self::Column).with_context(|| {
            format!("--hits {text}: neither a column nor a rule as top5%, |score|>=3 or fdr<0.05")
        })
    }

    fn call(
        &self,
        rows: &Rows,
        lines: &[Vec<(usize, f64)>],
        genes: &mut [Gene],
    ) -> anyhow::Result<()> {
        match self {
            Self::Column(column) => {
                for (gene, lines) in genes.iter_mut().zip(lines) {
                    for &(line, _) in lines {
                        gene.hit |= match rows.cell(line, *column).to_lowercase().as_str() {
                            "1" | "1.0" | "true" | "yes" | "hit" => true,
                            "0" | "0.0" | "false" | "no" | "" => false,
                            other => bail!(
                                "{}, line {}: {} is {other:?}; expected 0 or 1",
                                rows.shown,
                                line + 2,
                                rows.names[*column]
                            ),
                        };
                    }
                }
            }
            Self::Fdr(columns, bound) => {
                for (gene, lines) in genes.iter_mut().zip(lines) {
                    let of =
                        |line: usize| columns.iter().filter_map(move |&c| rows.number(line, c));
                    let fdr = lines.iter().flat_map(|&(line, _)| of(line));
                    gene.hit = fdr.fold(f64::INFINITY, f64::min) < *bound;
                }
            }
            Self::Top(share) => {
                let mut sorted: Vec<f64> = genes.iter().map(|gene| gene.score).collect();
                sorted.sort_by(f64::total_cmp);
                let middle = sorted[sorted.len() / 2];
                let mut order: Vec<usize> = (0..genes.len()).collect();
                let far = |i: &usize| (genes[*i].score - middle).abs();
                order.sort_by(|a, b| far(b).total_cmp(&far(a)));
                let n = (share * genes.len() as f64).round().max(1.0) as usize;
                order.into_iter().take(n).for_each(|i| genes[i].hit = true);
            }
            Self::Score { absolute, at_least, bound } => {
                for gene in genes.iter_mut() {
                    let score = if *absolute { gene.score.abs() } else { gene.score };
                    gene.hit = if *at_least { score >= *bound } else { score <= *bound };
                }
            }
        }
        match genes.iter().filter(|gene| gene.hit).count() {
            0 => bail!("{} has no hit by its rule ({}); give --hits", rows.shown, self.words(rows)),
            n if n == genes.len() => bail!("{}: every gene is a hit; give --hits", rows.shown),
            _ => Ok(()),
        }
    }

    fn words(&self, rows: &Rows) -> String {
        match self {
            Self::Column(column) => format!("column {}", rows.names[*column]),
            Self::Fdr(_, bound) => format!("FDR below {bound}"),
            Self::Top(share) => format!("the {:.3} % farthest from the median", 100.0 * share),
            Self::Score { absolute, at_least, bound } => format!(
                "{} {} {bound}",
                if *absolute { "|score|" } else { "score" },
                if *at_least { "at least" } else { "at most" },
            ),
        }
    }
}

/// Names that libraries give to guides that target nothing or safe places.
fn is_control(name: &str) -> bool {
    let name: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    [
        "nontargeting",
        "nontarget",
        "notarget",
        "negativecontrol",
        "safeharbor",
        "ntc",
        "ctrl",
        "intergenic",
    ]
    .iter()
    .any(|word| name.starts_with(word))
        && GeneResolver::bundled().resolve(&name).symbol.is_none()
}

/// A permutation of `n` places.
pub fn permutation(n: usize, seed: u64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..n).collect();
    places.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    places
}

/// Names in a file: one a line, or the first column of a table.
///
/// # Errors
/// It cannot be read.
pub fn names(path: &Path) -> anyhow::Result<Vec<String>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let first = |line: &str| line.split([',', '\t', ';']).next().unwrap_or("").trim().to_owned();
    Ok(text.lines().map(first).filter(|name| !name.is_empty()).collect())
}

/// Scores of models, at most three files: what an in-silico screen wrote.
///
/// # Errors
/// An unreadable file, a missing column, more files than the planner has room for.
pub fn prior_scores(paths: &[std::path::PathBuf]) -> anyhow::Result<Prior> {
    if paths.len() > 3 {
        bail!("{} files of --prior; the planner takes up to 3", paths.len());
    }
    let mut scores: HashMap<String, [Option<f64>; 3]> = HashMap::new();
    for (place, path) in paths.iter().enumerate() {
        let rows = Rows::read(path)?;
        let known = ["mean_shift", "score", "effect", "shift"];
        let score = known.iter().find_map(|name| rows.find(name)).with_context(|| {
            format!("{} has no column of scores ({})", rows.shown, known.join(", "))
        })?;
        let gene = GENES.iter().find_map(|name| rows.find(name));
        let gene = gene.with_context(|| format!("{} has no column of genes", rows.shown))?;
        for row in 0..rows.rows.len() {
            let slot = scores.entry(rows.cell(row, gene).to_owned()).or_default();
            slot[place] = slot[place].or(rows.number(row, score));
        }
    }
    type Scores = [Option<f64>; 3];
    let one = |(symbol, [knock_out, over_expression, predicted_effect]): (String, Scores)| {
        ModelScore { symbol, knock_out, over_expression, predicted_effect }
    };
    let mut all: Prior = scores.into_iter().map(one).collect();
    all.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, hits: Option<&str>, filter: Option<&str>) -> anyhow::Result<Screen> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("screen.csv");
        std::fs::write(&path, text).unwrap();
        let mut rows = Rows::read(&path)?;
        if let Some(filter) = filter {
            rows.keep(filter)?;
        }
        let layout = Layout::of(&rows, None, None)?;
        Screen::from_rows(&rows, &layout, hits)
    }

    fn hits(screen: &Screen) -> Vec<String> {
        screen.hits().into_iter().collect()
    }

    #[test]
    fn a_plain_table_a_mageck_summary_and_a_rule_call_their_hits() {
        let plain = "gene,score,hit\nMYB,2.5,1\nGATA3,-1,0\nKLF2,0,0\n";
        assert_eq!(hits(&read(plain, None, None).unwrap()), ["MYB"]);
        assert_eq!(hits(&read(plain, Some("|score|>=1"), None).unwrap()), ["GATA3", "MYB"]);
        assert_eq!(hits(&read(plain, Some("score<=-1"), None).unwrap()), ["GATA3"]);
        assert_eq!(hits(&read(plain, Some("top40%"), None).unwrap()), ["MYB"]);
        let rra = "id\tneg|fdr\tneg|lfc\tpos|fdr\nNon-Targeting\t0.001\t0\t0.9\n\
                   MYB\t0.9\t1.5\t0.01\nKLF2\t0.6\t0.1\t0.7\n";
        let rra = read(rra, None, None).unwrap();
        assert_eq!((hits(&rra), rra.genes.len()), (vec!["MYB".to_owned()], 2));
        assert_eq!(rra.genes[0].score, 1.5);
        let mle = "Gene,T|beta,T|z,T|fdr\nMYB,-0.8,-4,0.01\nKLF2,0.1,0.3,0.8\n";
        assert_eq!(hits(&read(mle, None, None).unwrap()), ["MYB"]);
    }

    #[test]
    fn several_screens_in_one_file_are_told_apart_by_a_column() {
        let text = "gene,score,screen\nMYB,2,A\nKLF2,0,A\nMYB,-3,B\nKLF2,0,B\n";
        let twice = read(text, None, None).unwrap_err().to_string();
        assert!(twice.contains("lines 2 and 4") && twice.contains("--where"), "{twice}");
        let one = read(text, Some("|score|>=1"), Some("screen=B")).unwrap();
        assert_eq!(one.genes[0].score, -3.0);
        let none = read(text, None, Some("screen=C")).unwrap_err().to_string();
        assert!(none.contains("screen=C"), "{none}");
    }

    #[test]
    fn what_cannot_be_replayed_is_refused_with_the_place() {
        let error =
            |text: &str, hits: Option<&str>| format!("{:#}", read(text, hits, None).unwrap_err());
        assert!(error("gene,score\nMYB,n/a\nKLF2,1\n", None).contains("line 2"));
        assert!(error("gene,value\nMYB,1\n", None).contains("--score-column"));
        assert!(error("gene,score\nMYB,1\nKLF2,2\n", Some("score>=9")).contains("no hit"));
        assert!(error("gene,score\nMYB,1\nKLF2,2\n", Some("luck")).contains("top5%"));
        assert!(error("gene,score,hit\nMYB,1,maybe\nKLF2,2,0\n", None).contains("expected 0 or 1"));
    }

    #[test]
    fn controls_keep_every_label_and_move_them() {
        let text: String = (0..50).map(|i| format!("G{i},{i},{}\n", i % 2)).collect();
        let mut screen = read(&format!("gene,score,hit\n{text}"), None, None).unwrap();
        let before = screen.clone();
        screen.permute(3);
        assert_ne!(screen, before);
        let sorted = |screen: &Screen| {
            let mut all: Vec<f64> = screen.genes.iter().map(|gene| gene.score).collect();
            all.sort_by(f64::total_cmp);
            all
        };
        assert_eq!(sorted(&screen), sorted(&before));
        assert_eq!(screen.hits().len(), before.hits().len());
    }
}
