//! IAM policy documents, judged without asking IAM.

mod condition;
mod document;
mod fault;
mod identity;
mod pattern;
mod perimeter;
mod permission;
mod trust;

pub(crate) use document::Document;
pub(crate) use identity::{data_around_vpc, objections_to_role_policy};
pub(crate) use perimeter::Perimeter;
pub(crate) use trust::{assumable_by, objections_to_trust};
