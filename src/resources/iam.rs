//! What the IAM kinds share: tags, documents, and reads that find nothing.

use aws_sdk_iam::types::Tag;
use percent_encoding::percent_decode_str;

use crate::aws::{CallError, Class};
use ringfence_observed::Tags;

/// Tags as IAM takes them.
pub(super) fn to_tags(action: &'static str, tags: &Tags) -> Result<Vec<Tag>, CallError> {
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    tags.collect::<Result<_, _>>().map_err(|error| CallError::unsendable(action, &error))
}

/// Tags as IAM gives them.
pub(super) fn from_tags(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

/// A policy document as text. IAM gives it percent-encoded (RFC 3986).
pub(super) fn decoded(document: &str) -> String {
    percent_decode_str(document).decode_utf8_lossy().into_owned()
}

/// What was asked for, or `None` where there is no such thing.
pub(super) fn found<T>(result: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match result {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
