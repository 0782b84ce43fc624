//! Makes sure the folder of the built UI exists, so that the server also builds without it.

fn main() {
    let dist = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/dist");
    if let Err(error) = std::fs::create_dir_all(dist) {
        println!("cargo::warning=cannot make {dist}: {error}");
    }
    println!("cargo::rerun-if-changed={dist}");
}
