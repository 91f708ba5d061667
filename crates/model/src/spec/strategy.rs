//! Random specs as JSON, for property tests.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Any JSON at all, a few levels deep.
pub fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        likely_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        let name = prop_oneof![any::<String>(), likely_text()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..8).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Texts that mean something somewhere in a request, or nearly do.
fn likely_text() -> impl Strategy<Value = String> {
    const TEXTS: &[&str] = &[
        "create",
        "delete",
        "describe",
        "list",
        "plan",
        "sweep",
        "action",
        "environment",
        "spec",
        "requested_at",
        "limit",
        "network",
        "cidr",
        "access",
        "ssh_from",
        "training",
        "tags",
        "ttl",
        "10.0.0.0/16",
        "0.0.0.0/0",
        "::/0",
        "pl-0123456789abcdef0",
        "pcx-0123456789abcdef0",
        "8h",
        "2031-05-01T08:30:00Z",
        "arn:aws:s3:::bucket/a/*",
        "us-east-1a",
        "s3",
        "*.pypi.org",
        "ec2",
    ];
    prop_oneof![prop::sample::select(TEXTS).prop_map(str::to_owned), "[a-z0-9./:#*-]{0,24}"]
}

/// A spec in which any field may be left out and none is at fault.
pub fn valid_spec() -> impl Strategy<Value = Value> {
    let rooms =
        (optional(network()), optional(access()), optional(egress()), optional(training()), optional(flow_logs()));
    let moment = (0_i64..4_000_000_000).prop_map(|second| json!(jiff::Timestamp::from_second(second).ok()));
    let rest = (
        optional("[1-9][0-9]?[hd]".prop_map(Value::from)),
        optional(moment),
        optional(any::<bool>().prop_map(Value::from)),
        optional(tags()),
    );
    (rooms, rest).prop_map(|(rooms, (ttl, expires_at, deletion_protection, tags))| {
        object([
            ("network", rooms.0),
            ("access", rooms.1),
            ("egress", rooms.2),
            ("training", rooms.3),
            ("flow_logs", rooms.4),
            ("expires_at", expires_at.filter(|_| ttl.is_none())),
            ("ttl", ttl),
            ("deletion_protection", deletion_protection),
            ("tags", tags),
        ])
    })
}

fn network() -> impl Strategy<Value = Value> {
    let cidr = (0_u8..=255, 16_u8..=24)
        .prop_map(|(second, length)| (json!(format!("10.{second}.0.0/{length}")), json!(length)));
    let zones = prop_oneof![
        (1..=3).prop_map(Value::from),
        prop::sample::subsequence(vec!["us-east-1c", "us-east-1a", "us-east-1b"], 1..=3)
            .prop_shuffle()
            .prop_map(Value::from),
    ];
    let pool = Just(json!("ipam-pool-0123456789abcdef0"));
    (optional(cidr), optional((16..=24).prop_map(Value::from)), optional(pool), optional(zones)).prop_map(
        move |(cidr, length, pool, zones)| {
            let pool = pool.filter(|_| cidr.is_none());
            // Beside a CIDR the length is its own or left out.
            let length = match &cidr {
                Some((_, own)) => length.map(|_| own.clone()),
                None => length,
            };
            object([
                ("cidr", cidr.map(|(cidr, _)| cidr)),
                ("prefix_length", length),
                ("ipam_pool_id", pool),
                ("availability_zones", zones),
            ])
        },
    )
}

fn access() -> impl Strategy<Value = Value> {
    let block = any::<[u8; 2]>().prop_map(|[a, b]| format!("10.{a}.{b}.0/24"));
    let list = "pl-[0-9a-f]{17}";
    let sources = (set(block, 0..=7), set(list, 0..=7)).prop_map(move |(mut sources, lists)| {
        sources.extend(lists);
        json!(sources)
    });
    let attachments = set("(pcx|tgw|tgw-attach|vgw)-[0-9a-f]{17}", 0..=20).prop_map(Value::from);
    let ports =
        prop::collection::hash_set(1_u16.., 1..=10).prop_map(|ports| json!(ports.into_iter().collect::<Vec<_>>()));
    (optional(sources), optional(attachments), optional(ports), optional(any::<bool>().prop_map(Value::from))).prop_map(
        move |(sources, attachments, ports, connect)| {
            object([
                ("ssh_from", sources),
                ("attachments", attachments),
                ("services_ports", ports),
                ("instance_connect", connect),
            ])
        },
    )
}

fn egress() -> impl Strategy<Value = Value> {
    let endpoints = set("[a-b][a-z0-9]{1,5}(\\.[a-z0-9]{1,5})?", 0..=20).prop_map(Value::from);
    let domains = set("(\\*\\.)?[a-z0-9]{1,9}\\.org", 0..=9).prop_map(Value::from);
    let guardduty = prop::sample::select(vec!["allow", "refuse"]).prop_map(Value::from);
    (optional(endpoints), optional(domains), optional(guardduty)).prop_map(|(endpoints, domains, guardduty)| {
        object([("endpoints", endpoints), ("allow_domains", domains), ("guardduty", guardduty)])
    })
}

fn training() -> impl Strategy<Value = Value> {
    let services = prop::sample::subsequence(vec!["sagemaker", "ec2", "ecs-tasks", "batch"], 1..=4)
        .prop_shuffle()
        .prop_map(Value::from);
    let arns = || set("arn:aws(-cn)?:s3:::[a-z0-9]{3,9}(/[a-zA-Z0-9/ ]{1,9}x\\*?)?", 0..=20);
    let keys = set("arn:aws:kms:us-east-1:[0-9]{12}:key/mrk-[0-9a-f]{32}", 0..=20);
    (
        optional(services),
        optional(arns().prop_map(Value::from)),
        optional(arns().prop_map(Value::from)),
        optional(keys.prop_map(Value::from)),
        optional(any::<bool>().prop_map(Value::from)),
    )
        .prop_map(|(services, read, write, keys, cluster)| {
            object([("services", services), ("read", read), ("write", write), ("kms_keys", keys), ("cluster", cluster)])
        })
}

fn flow_logs() -> impl Strategy<Value = Value> {
    let days = prop::sample::select(super::flow_logs::RetentionDays::ACCEPTED.to_vec()).prop_map(Value::from);
    let key = "arn:aws:kms:us-east-1:[0-9]{12}:key/mrk-[0-9a-f]{32}".prop_map(Value::from);
    (optional(days), optional(key), optional(any::<bool>().prop_map(Value::from)))
        .prop_map(|(days, key, retain)| object([("retention_days", days), ("kms_key", key), ("retain", retain)]))
}

fn tags() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[b-m][a-z0-9 _.:/=+@-]{0,19}", "[A-Za-z0-9 _.:/=+@-]{0,40}", 0..=9)
        .prop_map(|tags| tags.into_iter().map(|(key, value)| (key, json!(value))).collect())
}

fn optional<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::of(strategy)
}

/// Different texts in any order.
fn set(
    texts: impl Strategy<Value = String>,
    size: std::ops::RangeInclusive<usize>,
) -> impl Strategy<Value = Vec<String>> {
    prop::collection::hash_set(texts, size).prop_map(|texts| texts.into_iter().collect())
}

fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(given.collect::<Map<_, _>>())
}
