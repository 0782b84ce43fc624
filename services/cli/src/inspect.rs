//! `nextwell inspect-file`: the limited child process that opens an uploaded file.

use std::ffi::OsString;
use std::process::ExitCode;

/// Arguments, passed on as they are: see `nextwell_model_service::inspect_main`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What the model service asks for.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// Reads the file; a crash here is "this file is damaged", never a crash of a service.
pub fn run(args: Args) -> ExitCode {
    nextwell_model_service::inspect_main(args.rest)
}
