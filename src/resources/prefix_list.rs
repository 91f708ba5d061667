//! Managed prefix lists: the addresses behind gateway endpoints, and those that SSH may come from. Only read.

use futures_util::{future::try_join_all, try_join};

use super::{Bulk, Home, Look, Observe, ec2};
use crate::aws::{Aws, CallError, Class, Named, limits};
use ringfence_model::partition;
use ringfence_observed::{Observed, PrefixList};

pub(crate) struct PrefixLists;

impl Observe for PrefixLists {
    type Seen = PrefixList;
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, PrefixList)>, CallError> {
        if let Some(before) = look.before() {
            return again(look, before).await;
        }
        let services = look.gateway_services().into_iter();
        let names: Vec<Vec<String>> =
            services.map(|service| partition::endpoint_service_names(look.region(), service)).collect();
        let (mut lists, named) =
            try_join!(lists_of_services(look, names), lists_by(look.aws, "prefix-list-id", look.ssh_prefix_lists()))?;
        lists.extend(named);
        Ok(lists)
    }

    fn place(observed: &mut Observed, seen: PrefixList) {
        observed.prefix_lists.push(seen);
    }
}

/// What was seen before, with its entries as they are now if anything may be published on this look. A list that is gone
/// is missed by whoever asked for it.
async fn again(look: &Look<'_>, before: &Observed) -> Result<Vec<(Home, PrefixList)>, CallError> {
    if !look.reads_prefix_lists() {
        return Ok(before.prefix_lists.iter().map(|list| (Home::Everywhere, list.clone())).collect());
    }
    let reads = before.prefix_lists.iter().map(|list| async {
        match with_entries(look.aws, &list.id, &list.name).await {
            Err(error) if error.class == Class::NotFound => Ok(None),
            list => list.map(Some),
        }
    });
    Ok(try_join_all(reads).await?.into_iter().flatten().collect())
}

/// The lists of AWS's own services, by the names that each may have. Their IDs are asked for once, since AWS never alters them
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html>); their entries are
/// read in each look, unless there is no VPC that could be proved.
async fn lists_of_services(look: &Look<'_>, names: Vec<Vec<String>>) -> Result<Vec<(Home, PrefixList)>, CallError> {
    let (aws, all) = (look.aws, names.concat());
    let (known, proves) = match aws.service_prefix_lists.of(&names) {
        Some(known) => (known, look.proves().await?),
        None => {
            let (found, proves) = try_join!(find(aws, "prefix-list-name", &all), look.proves())?;
            for (id, name) in &found {
                aws.service_prefix_lists.learn(name, id);
            }
            (found.into_iter().map(|(id, name)| (name, id)).collect(), proves)
        }
    };
    if !proves {
        let unread = |(name, id)| (Home::Everywhere, PrefixList { id, name, entries: Vec::new() });
        return Ok(known.into_iter().map(unread).collect());
    }
    let lists = try_join_all(known.iter().map(|(name, id)| with_entries(aws, id, name))).await;
    match lists {
        Err(error) if error.class == Class::NotFound => {}
        // No service is without addresses: what has none is no list of one.
        Ok(lists) if lists.iter().any(|(_, list)| list.entries.is_empty()) => {}
        lists => return lists,
    }
    let found = lists_by(aws, "prefix-list-name", &all).await?;
    for (_, list) in &found {
        aws.service_prefix_lists.learn(&list.name, &list.id);
    }
    Ok(found)
}

/// The lists that a filter finds; those that are not there are for whoever asked for them to miss.
async fn lists_by(aws: &Aws, filter: &str, values: &[String]) -> Result<Vec<(Home, PrefixList)>, CallError> {
    let found = find(aws, filter, values).await?;
    try_join_all(found.iter().map(|(id, name)| with_entries(aws, id, name))).await
}

/// The IDs and names of the lists that a filter finds.
async fn find(aws: &Aws, filter: &str, values: &[String]) -> Result<Vec<(String, String)>, CallError> {
    let some = values.chunks(limits::VALUES_A_FILTER).map(|values| find_some(aws, filter, values));
    Ok(try_join_all(some).await?.into_iter().flatten().collect())
}

async fn find_some(aws: &Aws, filter: &str, values: &[String]) -> Result<Vec<(String, String)>, CallError> {
    let filter = aws_sdk_ec2::types::Filter::builder().name(filter).set_values(Some(values.to_vec())).build();
    let pages = aws.ec2.describe_managed_prefix_lists().filters(filter).into_paginator().items().send();
    let lists = pages.collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeManagedPrefixLists")?;
    let lists = lists.iter().filter_map(|list| {
        Some((list.prefix_list_id()?.to_owned(), list.prefix_list_name().unwrap_or_default().to_owned()))
    });
    Ok(lists.collect())
}

async fn with_entries(aws: &Aws, id: &str, name: &str) -> Result<(Home, PrefixList), CallError> {
    const ACTION: &str = "ec2:GetManagedPrefixListEntries";
    let pages = aws.ec2.get_managed_prefix_list_entries().prefix_list_id(id).into_paginator().items().send();
    let entries = pages.collect::<Result<Vec<_>, _>>().await.named(ACTION)?;
    let entries = entries.iter().filter_map(|entry| entry.cidr()).map(|cidr| ec2::block(ACTION, cidr));
    let seen = PrefixList { id: id.to_owned(), name: name.to_owned(), entries: entries.collect::<Result<_, _>>()? };
    Ok((Home::Everywhere, seen))
}
