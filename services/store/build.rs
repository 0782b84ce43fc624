//! Rebuilds when a migration is added: `migrate!` only tracks the files that it saw.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
