//! The DynamoDB table: that it is there, with the keys and the time to live that `template.yaml` declares.

use aws_sdk_dynamodb::types::{KeyType, ScalarAttributeType, TableDescription, TableStatus, TimeToLiveStatus};

use super::{
    commands::{aws as aws_command, deploy},
    report::{CheckName, Examined, Finding},
};
use crate::{
    aws::{Class, Named, OwnAws},
    registry::{HASH_KEY, RANGE_KEY, TIME_TO_LIVE},
};

const CHECK: CheckName = CheckName::Table;
const EXPIRY: CheckName = CheckName::TableTimeToLive;
const NOTHING_IS_KNOWN: &str = "records, leases and claims on addresses are kept in it: without it every request fails";

/// Looks at the table and its time to live.
pub(super) async fn examine(own: &OwnAws, table: &str) -> Examined {
    let call = own.dynamodb.describe_table().table_name(table);
    let described = match call.send().await.named("dynamodb:DescribeTable") {
        Ok(answer) => answer.table,
        Err(error) if error.class == Class::NotFound => None,
        Err(error) => {
            return Examined::default()
                .missed(CHECK, error.to_string())
                .missed(EXPIRY, "the table could not be looked at");
        }
    };
    let Some(described) = described else {
        return Examined::default()
            .saw(CHECK, format!("there is no table {table}"))
            .found([missing(table)])
            .missed(EXPIRY, format!("there is no table {table}"));
    };
    let keys = keys(&described);
    if keys != [(HASH_KEY.to_owned(), "HASH", "S"), (RANGE_KEY.to_owned(), "RANGE", "S")] {
        let what = format!("the table {table} has the keys {}", listed(&keys));
        let examined = Examined::default().saw(CHECK, what.clone()).found([other_keys(table, what)]);
        return examined.missed(EXPIRY, "the table is not Ringfence's");
    }
    let status = described.table_status().unwrap_or(&TableStatus::Active);
    if !matches!(status, TableStatus::Active | TableStatus::Updating) {
        let what = format!("the table {table} is {}", status.as_str());
        let examined = Examined::default().saw(CHECK, what.clone()).found([not_active(table, what)]);
        return examined.missed(EXPIRY, "the table is not active");
    }
    let seen = format!("the table {table} is there, with the keys {HASH_KEY} and {RANGE_KEY}");
    expiry(own, table, Examined::default().saw(CHECK, seen)).await
}

async fn expiry(own: &OwnAws, table: &str, examined: Examined) -> Examined {
    let call = own.dynamodb.describe_time_to_live().table_name(table);
    let described = match call.send().await.named("dynamodb:DescribeTimeToLive") {
        Ok(answer) => answer.time_to_live_description,
        Err(error) => return examined.missed(EXPIRY, error.to_string()),
    };
    let status = described.as_ref().and_then(|described| described.time_to_live_status());
    let attribute = described.as_ref().and_then(|described| described.attribute_name()).unwrap_or_default();
    let is_on = matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling));
    if is_on && attribute == TIME_TO_LIVE {
        return examined.saw(EXPIRY, format!("time to live is on, by the attribute {TIME_TO_LIVE}"));
    }
    // AWS takes no other attribute before the one in force is turned off:
    // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
    let (what, enabled, attribute) = if is_on {
        let what = format!(
            "the time to live of the table {table} goes by the attribute {attribute}, not {TIME_TO_LIVE}; it has to be turned off before another can be named"
        );
        (what, "false", attribute)
    } else {
        (format!("the time to live of the table {table} is off"), "true", TIME_TO_LIVE)
    };
    let specification = format!("Enabled={enabled},AttributeName={attribute}");
    let mend =
        ["dynamodb", "update-time-to-live", "--table-name", table, "--time-to-live-specification", &specification];
    let finding = Finding {
        check: EXPIRY,
        required: false,
        what: what.clone(),
        why: "the records of deleted environments are kept for 30 days and then removed by it; without it they stay, and every sweep reads them".to_owned(),
        mend: aws_command(mend),
    };
    examined.saw(EXPIRY, what).found([finding])
}

/// The attributes of the key, each with what it is there and its type.
fn keys(table: &TableDescription) -> Vec<(String, &'static str, &'static str)> {
    let kind_of = |name: &str| {
        let definition = table.attribute_definitions().iter().find(|definition| definition.attribute_name() == name);
        match definition.map(|definition| definition.attribute_type()) {
            Some(ScalarAttributeType::S) => "S",
            Some(ScalarAttributeType::N) => "N",
            _ => "B",
        }
    };
    let keys = table.key_schema().iter().map(|key| {
        let place = if *key.key_type() == KeyType::Hash { "HASH" } else { "RANGE" };
        (key.attribute_name().to_owned(), place, kind_of(key.attribute_name()))
    });
    keys.collect()
}

fn listed(keys: &[(String, &str, &str)]) -> String {
    keys.iter().map(|(name, place, kind)| format!("{name} ({place}, {kind})")).collect::<Vec<_>>().join(" and ")
}

fn missing(table: &str) -> Finding {
    let attribute = |name: &str| format!("AttributeName={name},AttributeType=S");
    let key = |name: &str, kind: &str| format!("AttributeName={name},KeyType={kind}");
    let (hash, range) = (attribute(HASH_KEY), attribute(RANGE_KEY));
    let (hash_key, range_key) = (key(HASH_KEY, "HASH"), key(RANGE_KEY, "RANGE"));
    let words = [
        "dynamodb",
        "create-table",
        "--table-name",
        table,
        "--billing-mode",
        "PAY_PER_REQUEST",
        "--attribute-definitions",
        &hash,
        &range,
        "--key-schema",
        &hash_key,
        &range_key,
    ];
    Finding {
        check: CHECK,
        required: true,
        what: format!("there is no table {table} in this account and region"),
        why: NOTHING_IS_KNOWN.to_owned(),
        mend: aws_command(words),
    }
}

fn other_keys(table: &str, what: String) -> Finding {
    Finding {
        check: CHECK,
        required: true,
        what: format!("{what}, where {HASH_KEY} (HASH, S) and {RANGE_KEY} (RANGE, S) are needed"),
        why: "a key schema cannot be changed, and no record can be written under another; Ringfence has none in this table, so another name loses nothing".to_owned(),
        mend: deploy("TableName", &format!("{table}-environments")),
    }
}

fn not_active(table: &str, what: String) -> Finding {
    Finding {
        check: CHECK,
        required: true,
        what,
        why: NOTHING_IS_KNOWN.to_owned(),
        mend: aws_command(["dynamodb", "wait", "table-exists", "--table-name", table]),
    }
}
