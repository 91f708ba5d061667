//! Every document that there can be: over all options, in four partitions.
//!
//! With `RINGFENCE_WRITE_POLICIES` they are also written to the file of that name, for a judge that knows what AWS
//! publishes of its actions, resources and condition keys.

use std::collections::{BTreeMap, BTreeSet};
use std::{env, fs};

use serde_json::{Value, json};

use crate::scope::{Scope, some_scope};

use super::{Document, EndpointAccess, FlowLogDelivery, Limit, TrainingAccess, check_size};

/// The variable that names the file to write.
const WRITE: &str = "RINGFENCE_WRITE_POLICIES";

/// A scope in each partition.
fn scopes() -> [&'static Scope; 4] {
    [
        some_scope("aws", "eu-central-1"),
        some_scope("aws-cn", "cn-north-1"),
        some_scope("aws-us-gov", "us-gov-west-1"),
        some_scope("aws-eusc", "eusc-de-east-1"),
    ]
}
const SERVICES: [&str; 4] = ["batch", "ec2", "ecs-tasks", "sagemaker"];
/// The endpoints that give the training role something, one for each that gives something else.
const ENDPOINTS: [&str; 6] = ["ecr.api", "ec2messages", "logs", "sagemaker.api", "sagemaker.runtime", "ssmmessages"];

/// Statements, each once, and documents of them by their numbers.
#[derive(Default)]
struct Library {
    statements: Vec<Value>,
    numbers: BTreeMap<String, usize>,
    documents: BTreeSet<(usize, &'static str, Vec<usize>)>,
}

impl Library {
    fn add(&mut self, place: usize, kind: &'static str, document: &Document) {
        let numbers = document.statement.iter().map(|statement| {
            let text = serde_json::to_string(statement).unwrap();
            let next = self.statements.len();
            let number = *self.numbers.entry(text.clone()).or_insert(next);
            if number == next {
                self.statements.push(serde_json::from_str(&text).unwrap());
            }
            number
        });
        let numbers = numbers.collect();
        self.documents.insert((place, kind, numbers));
    }

    fn to_json(&self) -> Value {
        let places = scopes().map(|Scope { partition, region, account }| {
            json!({"partition": partition, "region": region, "account": account})
        });
        let documents = self
            .documents
            .iter()
            .map(|(place, kind, statements)| json!({"place": place, "kind": kind, "statements": statements}));
        json!({"places": places, "statements": self.statements, "documents": documents.collect::<Vec<_>>()})
    }
}

/// Every selection of what is there.
fn selections<'a>(all: &'a [&'a str]) -> impl Iterator<Item = Vec<&'a str>> {
    (0_u32..1 << all.len())
        .map(|chosen| all.iter().enumerate().filter(|(bit, _)| chosen >> bit & 1 == 1).map(|(_, one)| *one).collect())
}

/// No data, what is read, what is written, and both with keys, in ARNs of every form.
fn data(partition: &str, region: &str) -> [[Vec<String>; 3]; 4] {
    let s3 = |names: &[&str]| names.iter().map(|name| format!("arn:{partition}:s3:::{name}")).collect::<Vec<_>>();
    let read = s3(&["corpus", "shared/clean/", "shared/raw*", "single/file"]);
    let write = s3(&["models", "runs/fraud/", "runs/v3", "logs/a*"]);
    let keys = vec![format!("arn:{partition}:kms:{region}:123456789012:key/01234567-89ab-cdef-0123-456789abcdef")];
    let none = Vec::new;
    [[none(), none(), none()], [read.clone(), none(), none()], [none(), write.clone(), none()], [read, write, keys]]
}

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

#[test]
fn every_document_fits_and_can_be_written() {
    let mut library = Library::default();
    for (number, scope) in scopes().into_iter().enumerate() {
        let some = TrainingAccess {
            scope,
            vpc_id: "vpc-0a1b2c3d4e5f60718",
            services: &[],
            read: &[],
            write: &[],
            kms_keys: &[],
            endpoints: &[],
            flow_log_groups: "/ringfence/*",
        };
        for services in selections(&SERVICES).skip(1) {
            let trust = TrainingAccess { services: &services, ..some }.trust_policy();
            assert_eq!(check_size([&trust], Limit::TrustPolicy), Ok(()));
            library.add(number, "trust", &trust);
        }
        // Of the services SageMaker AI alone brings permissions.
        let services = [&SERVICES[..], &SERVICES[..3]];
        for (services, endpoints, [read, write, keys]) in services.into_iter().flat_map(|services| {
            let data = data(&scope.partition, &scope.region);
            selections(&ENDPOINTS)
                .flat_map(move |endpoints| data.clone().map(|data| (services, endpoints.clone(), data)))
        }) {
            let (read, write, kms_keys) = (borrowed(&read), borrowed(&write), borrowed(&keys));
            let access = TrainingAccess {
                services,
                endpoints: &endpoints,
                read: &read,
                write: &write,
                kms_keys: &kms_keys,
                ..some
            };
            let permissions = access.permissions();
            assert_eq!(check_size([&permissions], Limit::InlinePolicies), Ok(()));
            library.add(number, "training", &permissions);
        }
        let delivery = FlowLogDelivery { scope, log_group: "/ringfence/fraud-v3/flow-logs" };
        library.add(number, "trust", &delivery.trust_policy());
        library.add(number, "flow-logs", &delivery.permissions());
        for endpoints in [&["s3", "logs"][..], &["s3", "ecr.api", "ecr.dkr"]] {
            for service in ["s3", "dynamodb", "ecr.api", "ecr.dkr", "logs", "sts"] {
                let policy = EndpointAccess { scope, endpoints }.policy(service);
                assert_eq!(check_size([&policy], Limit::EndpointPolicy), Ok(()));
                library.add(number, "endpoint", &policy);
            }
        }
    }
    assert!(library.documents.len() > scopes().len() * 2 * (1 << ENDPOINTS.len()), "{}", library.documents.len());
    if let Some(path) = env::var_os(WRITE) {
        fs::write(path, library.to_json().to_string()).unwrap();
    }
}
