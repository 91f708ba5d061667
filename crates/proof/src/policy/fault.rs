//! Why a policy cannot be judged.

use thiserror::Error;

/// Why a policy cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum PolicyFault {
    /// It is no JSON object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// It holds an element that the grammar does not have.
    #[error("it holds the element {0}, which is not known")]
    Element(String),
    /// An element holds something that the grammar does not allow.
    #[error("its element {0} is missing or holds what it cannot hold")]
    Values(String),
    /// A condition has an operator that is not known.
    #[error("its condition operator {0} is not known")]
    Operator(String),
}
