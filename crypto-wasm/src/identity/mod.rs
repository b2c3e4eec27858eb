//! Accounts, devices and what vouches for them (§2, §6). What was verified has a type of its own, so that nothing else
//! can be given to what needs it.

mod bundle;
mod certificate;
mod device_list;
mod fingerprint;

pub use bundle::VerifiedBundle;
pub use certificate::{Expectations, VerifiedCertificate};
pub use device_list::{DeviceListError, DeviceListPin, Freshness, VerifiedDeviceList};
pub use fingerprint::{SafetyCode, safety_number};
