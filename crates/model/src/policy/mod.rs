//! Policy documents: what the roles and endpoints of an environment may do, and to whom they answer.
//!
//! Documents are values, never text pasted together. [`Document`] speaks AWS's JSON both ways and tells
//! whether two documents mean the same; the other files say what each role and endpoint gets. Nothing
//! here calls AWS, reads a clock or knows a spec: ARNs, names and IDs come in as plain strings that their
//! types elsewhere have checked.

mod canonical;
mod document;
mod endpoint;
mod flow_logs;
mod principal;
mod statement;
#[cfg(test)]
mod tests;
mod training;
mod training_data;
mod values;

pub use document::{Document, Limit, Version, check_size};
pub use endpoint::{EndpointAccess, deep_learning_containers, why_unbindable};
pub use flow_logs::FlowLogDelivery;
pub use principal::{Principal, PrincipalKind, service_principal};
pub use statement::{Conditions, Effect, Match, Operator, Statement};
pub use training::TrainingAccess;
pub use training_data::s3_as_caller;
pub use values::OneOrMany;
