//! The `footfall` program: see the library for how it works.

use std::process::ExitCode;

/// The system's allocator keeps what threads have freed to itself; this one gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    footfall::cli::main()
}
