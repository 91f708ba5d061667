//! What is asked, what an environment should be, and the plan between them: values that cannot hold nonsense. Pure.

pub mod failure;
pub mod fault;
pub mod name;
pub mod partition;
pub mod plan;
pub mod policy;
pub mod request;
#[cfg(any(test, feature = "testing"))]
pub mod schema;
pub mod scope;
pub mod spec;
pub mod stack;
pub mod status;
pub mod text;
