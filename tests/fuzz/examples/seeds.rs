//! Writes the seeds into `corpus/`, beside what is there.

use sealpost_fuzz::seeds;

fn main() -> std::io::Result<()> {
    seeds::write(&seeds::folder().join("corpus"))
}
