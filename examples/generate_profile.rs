//! Writes a large profile for measuring:
//! `cargo run --release --example generate_profile -- MB FILE [hardly-repeat]`.
//! The same size gives the same bytes.

use std::fs::File;
use std::io::BufWriter;

#[path = "../benches/generated/mod.rs"]
mod generated;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(megabytes), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("expected a size in MB and the name of the file to write".into());
    };
    let stacks = match arguments.next().as_deref() {
        None => generated::Stacks::Repeat,
        Some("hardly-repeat") => generated::Stacks::HardlyRepeat,
        Some(other) => return Err(format!("expected hardly-repeat or nothing, not {other}").into()),
    };
    let bytes = megabytes.parse::<usize>()? * 1_000_000;
    generated::write_profile(&mut BufWriter::new(File::create(file)?), stacks, bytes)?;
    Ok(())
}
