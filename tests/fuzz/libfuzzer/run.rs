//! The target that `SEALPOST_FUZZ_TARGET` names, under libFuzzer.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use sealpost_fuzz::Target;

fuzz_target!(|data: &[u8]| {
    static TARGET: OnceLock<Target> = OnceLock::new();
    let (_, run) = TARGET.get_or_init(|| {
        let name = std::env::var("SEALPOST_FUZZ_TARGET").expect("SEALPOST_FUZZ_TARGET");
        sealpost_fuzz::target(&name).expect("a target of this name")
    });
    run(data);
});
