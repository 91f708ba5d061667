//! Carriers in, answers out. A carrier is told by its own keys, never by what happens to parse.

mod carried;
mod carrier;
mod decode;
mod handler;
mod http;
mod json;
mod malformed;
mod sqs;
#[cfg(test)]
mod tests;

pub use handler::{Service, handle};
pub use malformed::TextLayer;
