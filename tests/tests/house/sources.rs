//! Sizes of source files, and where SQL stands.

use std::fs;
use std::path::{Path, PathBuf};

use crate::repository;

/// Lines after which a file must be split.
const LONGEST: usize = 600;
/// Nine in ten files stay below this.
const LONG: usize = 400;
/// Half of the files stay below this.
const MEDIAN: usize = 150;

const ROOMS: &[&str] = &["model", "planner", "services", "migrations", "ui", "tests", ".ci"];
const WRITTEN: &[&str] = &["rs", "ts", "tsx", "css", "sql", "sh", "mjs", "py"];
const BUILT: &[&str] = &["node_modules", "dist", "target", "test-results"];
/// Written by a program from the OpenAPI document.
const GENERATED: &[&str] = &["ui/src/api/schema.d.ts"];

#[test]
fn no_source_file_is_longer_than_600_lines_and_most_are_short() {
    let mut lines: Vec<(usize, String)> =
        sources().into_iter().map(|(path, text)| (text.lines().count(), path)).collect();
    lines.sort();
    let too_long: Vec<_> = lines.iter().filter(|(count, _)| *count > LONGEST).collect();
    assert!(too_long.is_empty(), "split by noun what is over {LONGEST} lines: {too_long:?}");
    let (median, _) = lines[lines.len() / 2];
    assert!(median <= MEDIAN, "the median file has {median} lines, more than {MEDIAN}");
    let (ninth, _) = lines[lines.len() * 9 / 10];
    assert!(ninth < LONG, "one file in ten has {ninth} lines or more; {LONG} is the limit");
}

#[test]
fn sql_stands_only_in_the_store_and_the_migrations() {
    let allowed = |path: &str| path.starts_with("services/store/") || path.starts_with("tests/");
    let rust = sources().into_iter().filter(|(path, _)| path.ends_with(".rs") && !allowed(path));
    let found: Vec<String> = rust
        .flat_map(|(path, text)| {
            let places = sql_lines(&text);
            places.into_iter().map(move |(line, words)| format!("{path}:{line}: {words}"))
        })
        .collect();
    assert!(found.is_empty(), "move this SQL to services/store:\n{}", found.join("\n"));
}

#[test]
fn sql_is_told_from_prose() {
    for sql in [
        "use sqlx::PgPool;",
        "query(\"select id from jobs\")",
        "\"SELECT 1 FROM x\"",
        "let s = \"insert into rounds (id)\";",
        "\"delete from jobs where id = $1\"",
        "\"update jobs set state = 'done'\"",
    ] {
        assert_eq!(sql_lines(sql).len(), 1, "{sql}");
    }
    for prose in ["// select the best from all", "let updated = set(1);", "/// sqlx:: is elsewhere"]
    {
        assert!(sql_lines(prose).is_empty(), "{prose}");
    }
}

/// Lines outside comments that look like SQL, or name the crate that speaks it.
fn sql_lines(text: &str) -> Vec<(usize, String)> {
    let lines = text.lines().enumerate();
    let code = lines.filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.filter(|(_, line)| is_sql(&line.to_lowercase()))
        .map(|(index, line)| (index + 1, line.trim().to_owned()))
        .collect()
}

fn is_sql(line: &str) -> bool {
    const PAIRS: &[(&str, &str)] =
        &[("select ", " from "), ("insert ", "into "), ("delete ", "from "), ("update ", " set ")];
    let paired = |(first, second): &(&str, &str)| {
        let quoted = line.find('"').map(|at| &line[at..])?;
        quoted.find(first).map(|at| quoted[at + first.len() - 1..].contains(second))
    };
    line.contains("sqlx::") || PAIRS.iter().any(|pair| paired(pair).unwrap_or(false))
}

/// Every hand-written source file: path from the root of the repository, and text.
fn sources() -> Vec<(String, String)> {
    let root = repository();
    let mut files = Vec::new();
    for room in ROOMS {
        walk(&root.join(room), &mut files);
    }
    assert!(files.len() > 100, "only {} source files found in {}", files.len(), root.display());
    files.sort();
    let named = files.into_iter().map(|path| {
        let text = fs::read_to_string(&path).expect("source files are UTF-8");
        let path = path.strip_prefix(&root).expect("below the root").to_owned();
        (path.to_string_lossy().into_owned(), text)
    });
    named.filter(|(path, _)| !GENERATED.contains(&path.as_str())).collect()
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("rooms can be read").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().expect("a file type");
        if kind.is_dir() && !BUILT.contains(&name.as_str()) {
            walk(&path, files);
        } else if kind.is_file() && is_source(&path) {
            files.push(path);
        }
    }
}

/// By its ending, or a script without one.
fn is_source(path: &Path) -> bool {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some(ending) => WRITTEN.contains(&ending),
        None => fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"#!")),
    }
}
