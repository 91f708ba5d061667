//! What the EC2 kinds share: filters, tags, and deletes that find nothing left.

use std::str::FromStr;

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};

use crate::aws::{CallError, Class};
use ringfence_observed::Tags;

/// A filter for one value. AWS takes a filter with an empty value for one that matches nothing.
pub(super) fn filter(name: &str, value: impl Into<String>) -> Filter {
    Filter::builder().name(name).values(value).build()
}

/// Tags to put on a resource in the call that makes it: a tag in a second call is a crash window.
pub(super) fn tagged(resource_type: ResourceType, tags: &Tags) -> TagSpecification {
    TagSpecification::builder().resource_type(resource_type).set_tags(Some(to_tags(tags))).build()
}

/// Tags as EC2 takes them.
pub(super) fn to_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Tags as EC2 gives them.
pub(super) fn from_tags(tags: &[Tag]) -> Tags {
    tags.iter().filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()))).collect()
}

/// A block as AWS wrote it; a block that cannot be read is an answer that cannot be trusted.
pub(super) fn block<N: FromStr>(action: &'static str, text: &str) -> Result<N, CallError> {
    text.parse().map_err(|_| CallError {
        action,
        class: Class::Refused,
        code: String::new(),
        message: format!("the answer holds {text:?} where an address block was expected"),
    })
}

/// Removing a part that is gone already is done; that what it was a part of is not there is another matter, which `code`
/// tells apart: it may not show yet.
pub(super) fn part_gone<T>(result: Result<T, CallError>, code: &str) -> Result<Option<String>, CallError> {
    match result {
        Ok(_) => Ok(None),
        Err(error) if error.code == code => Ok(None),
        Err(error) => Err(error),
    }
}

/// Deleting what is gone already is done.
pub(super) fn gone<T>(result: Result<T, CallError>) -> Result<Option<String>, CallError> {
    match result {
        Ok(_) => Ok(None),
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
