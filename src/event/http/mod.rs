//! The HTTP API: API Gateway (payload formats 1.0 and 2.0) and the function's own URL.

mod exchange;
mod message;
mod page;
mod problem;
mod response;
mod route;

pub(super) use exchange::{Asked, answered, asked, finished, recorded};
pub(super) use message::HttpRequest;
pub(super) use problem::Problem;
pub(super) use response::Response;
