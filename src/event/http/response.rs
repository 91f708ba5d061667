//! An answer over HTTP, as both payload formats take it. Pure.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// After how many seconds it is worth asking again.
pub(super) const RETRY_AFTER: &str = "5";

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::event) struct Response {
    status_code: u16,
    headers: BTreeMap<&'static str, String>,
    body: String,
    is_base64_encoded: bool,
}

impl Response {
    /// An answer without a body. It may be kept by nobody but who asked, and not be used without asking again.
    pub(super) fn new(status_code: u16) -> Self {
        let headers = [("cache-control", "private, no-cache"), ("x-content-type-options", "nosniff")];
        let headers = headers.map(|(name, value)| (name, value.to_owned())).into();
        Self { status_code, headers, body: String::new(), is_base64_encoded: false }
    }

    /// The same with another header, its name in lower case.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.insert(name, value.into());
        self
    }

    /// The same with a body.
    pub(super) fn body(self, body: String) -> Self {
        Self { body, ..self }
    }

    /// The same with an entity tag, or 304 without a body where the caller has it already: `known` is what
    /// `If-None-Match` says.
    pub(super) fn tagged(self, known: Option<&str>) -> Self {
        let tag = entity_tag(&self.body);
        let known = known.is_some_and(|known| {
            known.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
        });
        let tagged = self.with("etag", tag);
        if !known {
            return tagged;
        }
        let mut unchanged = Self { status_code: 304, body: String::new(), ..tagged };
        unchanged.headers.remove("content-type");
        unchanged
    }

    /// The same without its body, as HEAD is answered.
    pub(super) fn without_body(self) -> Self {
        self.body(String::new())
    }

    pub(in crate::event) const fn status(&self) -> u16 {
        self.status_code
    }
}

/// The first half of the body's SHA-256, in quotes.
fn entity_tag(body: &str) -> String {
    let digest = Sha256::digest(body);
    let digits: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn answer() -> Response {
        Response::new(200).with("content-type", "application/json").body("{}".to_owned())
    }

    #[rstest]
    #[case(None, 200)]
    #[case(Some("\"44136fa355b3678a1146ad16f7e8649e\""), 304)]
    #[case(Some("W/\"44136fa355b3678a1146ad16f7e8649e\""), 304)]
    #[case(Some("\"other\", \"44136fa355b3678a1146ad16f7e8649e\""), 304)]
    #[case(Some("*"), 304)]
    #[case(Some("\"other\""), 200)]
    #[case(Some(""), 200)]
    fn what_is_known_is_not_sent_again(#[case] known: Option<&str>, #[case] status: u16) {
        let answer = answer().tagged(known);
        assert_eq!((answer.status(), answer.body.is_empty()), (status, status == 304));
        assert_eq!(answer.headers["etag"], "\"44136fa355b3678a1146ad16f7e8649e\"");
        assert_eq!(answer.headers.contains_key("content-type"), status == 200);
    }
}
