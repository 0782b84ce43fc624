//! The limited child as a program of its own, for the tests of this crate;
//! the `nextwell` command has the same as a verb.

use std::process::ExitCode;

fn main() -> ExitCode {
    nextwell_model_service::inspect_main(std::env::args_os().skip(1))
}
