//! Reading and writing records. Every write is conditional on the revision that was read, so that nobody's is lost;
//! who loses reads again and decides again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use ipnet::Ipv4Net;
use jiff::Timestamp;

use super::{
    Claims, Record, item,
    item::{Item, Unreadable, number, text},
    names::{BLOCKS, CLAIMS, ENVIRONMENT, KIND, NAME, REVISION},
    region_of,
};
use crate::aws::{CallError, Class, Named, OwnAws};
use ringfence_model::{
    failure::{Failure, FailureKind},
    fault::Fault,
    name::EnvironmentName,
};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Registry<'a> {
    pub(crate) own: &'a OwnAws,
    pub(crate) table: &'a str,
}

/// A region's claims as they should be, to be written together with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    region: Ipv4Net,
    /// The blocks as they should be, with the revision that was read.
    claims: Claims,
}

impl Claim {
    /// What has to be written so that `environment` claims `block` and nothing else, given the claims that were read of
    /// all regions.
    pub(crate) fn only(
        all: &BTreeMap<Ipv4Net, Claims>,
        environment: &EnvironmentName,
        block: Option<Ipv4Net>,
    ) -> Vec<Self> {
        let mut regions: BTreeSet<Ipv4Net> = all.keys().copied().collect();
        regions.extend(block.map(region_of));
        let changed = regions.into_iter().filter_map(|region| {
            let read = all.get(&region).cloned().unwrap_or_default();
            let mut claims = read.clone();
            claims.blocks.retain(|claimed, owner| owner != environment.as_str() || Some(*claimed) == block);
            if let Some(block) = block.filter(|block| region_of(*block) == region) {
                claims.blocks.insert(block, environment.to_string());
            }
            (claims != read).then_some(Self { region, claims })
        });
        changed.collect()
    }
}

/// What became of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// It is written.
    Yes,
    /// Somebody else wrote since it was read.
    Overtaken,
}

/// Records that were read together. One that cannot be read does not keep the others from being of use.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// Those that can be read.
    pub(crate) readable: Vec<Record>,
    /// The names of those that cannot, each with why.
    pub(crate) unreadable: Vec<(String, Failure)>,
}

impl Records {
    fn of(items: Vec<Item>) -> Self {
        let mut records = Self::default();
        for found in items {
            match item::to_record(found) {
                Ok(record) => records.readable.push(record),
                Err(error) => records.unreadable.push((error.name.clone(), error.into())),
            }
        }
        records
    }
}

impl Registry<'_> {
    /// The record of an environment as last written; `None` when there is none.
    pub(crate) async fn record(&self, environment: &EnvironmentName) -> Result<Option<Record>, Failure> {
        let call = self.own.dynamodb.get_item().table_name(self.table).consistent_read(true);
        let call = call.key(KIND, text(ENVIRONMENT)).key(NAME, text(environment));
        let answer = call.send().await.named("dynamodb:GetItem")?;
        answer.item.map(item::to_record).transpose().map_err(Failure::from)
    }

    /// A page of records, by name, and what to ask for the next page with.
    pub(crate) async fn page(&self, limit: u16, token: Option<&str>) -> Result<(Records, Option<String>), Failure> {
        let call = self
            .own
            .dynamodb
            .query()
            .table_name(self.table)
            .consistent_read(true)
            .limit(i32::from(limit))
            .key_condition_expression("#kind = :kind")
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_values(":kind", text(ENVIRONMENT));
        let call = match token {
            Some(name) => {
                let name: EnvironmentName = name.parse().map_err(|_| {
                    let message = format!("{name:?} is no token that an earlier list answered with");
                    let fault = Fault { pointer: "/next_token".to_owned(), message };
                    Failure::of_faults(FailureKind::InvalidRequest, vec![fault])
                })?;
                call.exclusive_start_key(KIND, text(ENVIRONMENT)).exclusive_start_key(NAME, text(name))
            }
            None => call,
        };
        let answer = call.send().await.named("dynamodb:Query")?;
        let last = answer.last_evaluated_key().and_then(|key| key.get(NAME)?.as_s().ok().cloned());
        Ok((Records::of(answer.items.unwrap_or_default()), last))
    }

    pub(crate) async fn records(&self) -> Result<Records, Failure> {
        let call = self
            .own
            .dynamodb
            .query()
            .table_name(self.table)
            .consistent_read(true)
            .key_condition_expression("#kind = :kind")
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_values(":kind", text(ENVIRONMENT));
        let items = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        Ok(Records::of(items.named("dynamodb:Query")?))
    }

    /// All claims, by region.
    pub(crate) async fn claims(&self) -> Result<BTreeMap<Ipv4Net, Claims>, CallError> {
        let call = self
            .own
            .dynamodb
            .query()
            .table_name(self.table)
            .consistent_read(true)
            .key_condition_expression("#kind = :kind")
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_values(":kind", text(CLAIMS));
        let items = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let items = items.named("dynamodb:Query")?;
        let regions = items.into_iter().filter_map(|found| {
            let region: Ipv4Net = found.get(NAME)?.as_s().ok()?.parse().ok()?;
            Some((region, item::to_claims(found)))
        });
        Ok(regions.collect())
    }

    /// Writes a record over the one that it was made from, together with claims.
    ///
    /// A write whose answer was lost and that is tried again finds its own work: the record then holds the very
    /// revision, order and lease that were to be written.
    pub(crate) async fn write(
        &self,
        record: &mut Record,
        claims: &[Claim],
        now: Timestamp,
    ) -> Result<Accepted, Failure> {
        let read = record.revision;
        record.revision += 1;
        record.wanted_since.get_or_insert(now);
        let written = if claims.is_empty() {
            self.put(record, read, now).await
        } else {
            self.transact(record, read, claims, now).await
        };
        match written {
            Ok(()) => Ok(Accepted::Yes),
            Err(error) if error.class == Class::ConditionFailed || error.class == Class::InUse => {
                let stands = self.record(&record.environment).await?;
                let mine = stands.is_some_and(|stands| {
                    stands.revision == record.revision && stands.order == record.order && stands.lease == record.lease
                });
                if mine {
                    return Ok(Accepted::Yes);
                }
                record.revision = read;
                Ok(Accepted::Overtaken)
            }
            Err(error) => {
                record.revision = read;
                Err(error.into())
            }
        }
    }

    async fn put(&self, record: &Record, read: u64, now: Timestamp) -> Result<(), CallError> {
        let call = self
            .own
            .dynamodb
            .put_item()
            .table_name(self.table)
            .set_item(Some(written(record, now)?))
            .condition_expression(condition(read))
            .expression_attribute_names("#revision", REVISION)
            .set_expression_attribute_values(read_value(read));
        call.send().await.named("dynamodb:PutItem")?;
        Ok(())
    }

    async fn transact(&self, record: &Record, read: u64, claims: &[Claim], now: Timestamp) -> Result<(), CallError> {
        let put = Put::builder()
            .table_name(self.table)
            .set_item(Some(written(record, now)?))
            .condition_expression(condition(read))
            .expression_attribute_names("#revision", REVISION)
            .set_expression_attribute_values(read_value(read))
            .build()
            .map_err(|error| CallError::unsendable("dynamodb:PutItem", &error))?;
        let put = TransactWriteItem::builder().put(put).build();
        // IAM knows a transaction by its parts: dynamodb:PutItem and dynamodb:UpdateItem.
        let mut call = self.own.dynamodb.transact_write_items().transact_items(put);
        for claim in claims {
            call = call.transact_items(self.update(claim)?);
        }
        call.send().await.named("dynamodb:UpdateItem")?;
        Ok(())
    }

    fn update(&self, claim: &Claim) -> Result<TransactWriteItem, CallError> {
        let Claim { region, claims } = claim;
        let blocks = item::blocks(claims).map_err(|error| CallError::unsendable("dynamodb:UpdateItem", &error))?;
        let mut values =
            HashMap::from([(":blocks".to_owned(), blocks), (":next".to_owned(), number(claims.revision + 1))]);
        values.extend(read_value(claims.revision).into_iter().flatten());
        let key = HashMap::from([(KIND.to_owned(), text(CLAIMS)), (NAME.to_owned(), text(region))]);
        let update = Update::builder()
            .table_name(self.table)
            .set_key(Some(key))
            .update_expression("SET #blocks = :blocks, #revision = :next")
            .condition_expression(condition(claims.revision))
            .expression_attribute_names("#blocks", BLOCKS)
            .expression_attribute_names("#revision", REVISION)
            .set_expression_attribute_values(Some(values));
        let update = update.build().map_err(|error| CallError::unsendable("dynamodb:UpdateItem", &error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

fn written(record: &Record, now: Timestamp) -> Result<Item, CallError> {
    item::from_record(record, now).map_err(|error| CallError::unsendable("dynamodb:PutItem", &error))
}

/// The condition that nobody wrote since revision `read` was read; 0 is the revision of what was not there.
const fn condition(read: u64) -> &'static str {
    if read == 0 { "attribute_not_exists(#revision)" } else { "#revision = :read" }
}

fn read_value(read: u64) -> Option<HashMap<String, AttributeValue>> {
    (read > 0).then(|| HashMap::from([(":read".to_owned(), number(read))]))
}

impl From<Unreadable> for Failure {
    fn from(unreadable: Unreadable) -> Self {
        Self::new(FailureKind::Internal, unreadable.to_string())
    }
}
