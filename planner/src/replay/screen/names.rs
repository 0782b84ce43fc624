//! Names of genes, of guides that target nothing, and lists of either.

/// Approved symbol of a name; nothing for a name that is no gene.
pub type Resolve<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Beginnings of the names that libraries give to guides that target nothing or safe places.
const CONTROLS: [&str; 8] = [
    "nontargeting",
    "nontarget",
    "notarget",
    "negativecontrol",
    "safeharbor",
    "ntc",
    "ctrl",
    "intergenic",
];

/// What is left of a name that begins as those of controls do: its letters and digits in lower
/// case. It is a control unless that is a gene.
#[must_use]
pub fn control_like(name: &str) -> Option<String> {
    let name: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    CONTROLS.iter().any(|word| name.starts_with(word)).then_some(name)
}

pub(super) fn is_control(name: &str, resolve: Resolve<'_>) -> bool {
    control_like(name).is_some_and(|name| resolve(&name).is_none())
}

/// Names of a list: one a line, or the first column of a table.
#[must_use]
pub fn listed(text: &str) -> Vec<String> {
    let first = |line: &str| line.split([',', '\t', ';']).next().unwrap_or("").trim().to_owned();
    text.lines().map(first).filter(|name| !name.is_empty()).collect()
}
