//! Ringfence makes isolated networks for AI training on AWS, proves them isolated, publishes their IDs, keeps them as
//! asked and removes them.

pub mod fault;
pub mod isolation;
pub mod name;
pub mod observed;
pub mod plan;
pub mod policy;
pub mod request;
pub mod spec;
pub mod stack;
pub mod text;
