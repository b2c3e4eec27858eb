//! Sealpost core.
