//! Tags as Route 53 Resolver has them.

use aws_sdk_route53resolver::types::Tag;

use crate::{
    aws::{Aws, CallError, Named},
    resources::Look,
};
use ringfence_observed::Tags;

/// The tags of a part, by its ARN; none in a look at a whole region, where they would cost a call each.
pub(super) async fn read_tags(look: &Look<'_>, arn: &str) -> Result<Option<Tags>, CallError> {
    if !look.is_whole() {
        return Ok(None);
    }
    let pages = look.aws.route53resolver.list_tags_for_resource().resource_arn(arn).into_paginator().items().send();
    let found = pages.collect::<Result<Vec<_>, _>>().await.named("route53resolver:ListTagsForResource")?;
    Ok(Some(found.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()))
}

/// Tags as Route 53 Resolver takes them.
pub(super) fn to_tags(action: &'static str, tags: &Tags) -> Result<Vec<Tag>, CallError> {
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    tags.collect::<Result<_, _>>().map_err(|error| CallError::unsendable(action, &error))
}

/// Puts tags on a part.
pub(super) async fn put_tags(aws: &Aws, arn: &str, tags: &Tags) -> Result<(), CallError> {
    const ACTION: &str = "route53resolver:TagResource";
    let call = aws.route53resolver.tag_resource().resource_arn(arn).set_tags(Some(to_tags(ACTION, tags)?));
    call.send().await.named(ACTION)?;
    Ok(())
}
