//! What the measured costs of one node come to for many users.
use crate::Result;
use crate::options::Simulate;
pub(crate) fn run(_: &Simulate) -> Result<()> {
    Ok(())
}
