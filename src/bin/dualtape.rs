//! The command `dualtape`.

fn main() -> std::process::ExitCode {
    dualtape::cli::run()
}
