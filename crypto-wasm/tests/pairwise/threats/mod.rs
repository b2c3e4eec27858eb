//! Past attacks on systems like this one, by the ids of `docs/threat-model.md`: each test shows one fail.

mod confusion;
mod device_list;
mod misbinding;
mod points;
mod prekeys;
mod replay;
mod skipping;
mod wiping;
