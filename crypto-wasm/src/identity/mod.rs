//! Accounts, devices and what vouches for them (§2, §6). What was verified has a type of its own, so that nothing else
//! can be given to what needs it.

#[cfg(feature = "client")]
mod account;
mod bundle;
mod certificate;
#[cfg(feature = "client")]
mod device;
mod device_list;
mod fingerprint;
#[cfg(feature = "client")]
mod prekeys;

#[cfg(feature = "client")]
pub use account::Account;
pub use bundle::VerifiedBundle;
pub use certificate::{Expectations, VerifiedCertificate};
#[cfg(feature = "link")]
pub use device::PreKeyStock;
#[cfg(feature = "client")]
pub use device::{Device, NewPreKeys, PreKeyRequest};
pub use device_list::{DeviceListError, DeviceListPin, Freshness, VerifiedDeviceList};
pub use fingerprint::{SafetyCode, safety_number};
#[cfg(feature = "client")]
pub use prekeys::{RETENTION_MS, UsedPreKeys};
