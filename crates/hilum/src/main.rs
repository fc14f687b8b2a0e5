//! The `hilum` program: command line, configuration, wiring. No logic of its own.

mod commands;
mod config;
mod http;
mod out;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = commands::Args::parse();
    match commands::run(args) {
        Ok(code) => code,
        Err(error) => {
            // One clear line; the chain says what went wrong from the outside in.
            out::error(&format!("hilum: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
