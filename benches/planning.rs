//! How long the pure rooms take between two looks at AWS: to plan a create and a removal, and to find free addresses.

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::time::Duration;

use criterion::{BatchSize, Criterion};
use ipnet::Ipv4Net;
use ringfence::measured::{Environment, allocate};
use ringfence_observed::{Observed, PrefixList, Subnet, Vpc};
use serde_json::{Value, json};

/// How many blocks are taken where addresses are looked for.
const TAKEN: u32 = 10_000;
/// More subnets than AWS lets a VPC have by default.
const SUBNETS: u8 = 250;
/// The steps of a create are more: four subnets, eight endpoints, three groups with their rules, and so on.
const STEPS_OF_A_CREATE: usize = 30;

fn net(address: [u8; 4], prefix_length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::from(address), prefix_length)
}

/// A spec with eight endpoints and data to read and to write.
fn complete() -> Value {
    json!({
        "access": {"ssh_from": ["10.8.0.0/16"]},
        "egress": {"endpoints": ["s3", "ecr.api", "ecr.dkr", "logs", "sts", "ssm", "kms", "sagemaker.api"]},
        "training": {
            "services": ["ec2", "sagemaker"],
            "read": ["arn:aws:s3:::acme-fraud-features/v3/"],
            "write": ["arn:aws:s3:::acme-fraud-models/v3/"]
        },
        "tags": {"team": "fraud-detection"}
    })
}

/// What a look shows before anything is made: what AWS has for everybody.
fn nothing() -> Observed {
    let zones = || vec!["us-east-1a".to_owned(), "us-east-1b".to_owned()];
    let services = ["ecr.api", "ecr.dkr", "logs", "sts", "ssm", "kms", "sagemaker.api"];
    let names = services.map(|service| format!("com.amazonaws.us-east-1.{service}"));
    Observed {
        prefix_lists: vec![PrefixList {
            id: "pl-63a5400a".to_owned(),
            name: "com.amazonaws.us-east-1.s3".to_owned(),
            entries: Vec::new(),
        }],
        service_zones: names.iter().map(|name| (name.clone(), zones())).collect(),
        ..Observed::default()
    }
}

/// A VPC full of subnets, all of them the environment's.
fn full(environment: &Environment) -> Observed {
    let subnet = |number: u8| Subnet {
        id: format!("subnet-{number}"),
        zone: "us-east-1a".to_owned(),
        cidr: net([10, 42, number, 0], 24),
        ipv6_cidrs: Vec::new(),
        map_public_ip: false,
        assign_ipv6: false,
        tags: environment.tags("subnet"),
    };
    Observed {
        vpc: Some(Vpc {
            id: "vpc-1".to_owned(),
            cidr: net([10, 42, 0, 0], 16),
            secondary_cidrs: Vec::new(),
            ipv6_cidrs: Vec::new(),
            dns_support: Some(true),
            dns_hostnames: Some(true),
            tags: environment.tags("vpc"),
        }),
        subnets: (0..SUBNETS).map(subnet).collect(),
        ..nothing()
    }
}

/// Ten thousand blocks from the beginning of 10.0.0.0/8 on, of two sizes and in no order.
fn taken() -> Vec<Ipv4Net> {
    let block = |number: u32| {
        let scattered = number * 7919 % TAKEN;
        let prefix_length = if scattered.is_multiple_of(3) { 24 } else { 25 };
        Ipv4Net::new_assert(Ipv4Addr::from(0x0A00_0000 + scattered * 256), prefix_length)
    };
    (0..TAKEN).map(block).collect()
}

fn plans(criterion: &mut Criterion) {
    let environment = Environment::new("fraud-v3", &complete(), net([10, 42, 0, 0], 16)).unwrap_or_else(fail);
    let (nothing, full) = (nothing(), full(&environment));
    // A bench of the wrong thing is worse than none.
    assert!(environment.steps(&nothing).unwrap_or_else(fail) > STEPS_OF_A_CREATE);
    assert!(environment.removal_steps(&full) > usize::from(SUBNETS));
    let mut group = criterion.benchmark_group("plan");
    group.bench_function("a complete create", |bencher| {
        bencher.iter(|| environment.steps(black_box(&nothing)));
    });
    group.bench_function("the removal of 250 subnets", |bencher| {
        bencher.iter(|| environment.removal_steps(black_box(&full)));
    });
    group.finish();
}

fn allocation(criterion: &mut Criterion) {
    let (pool, taken) = ([net([10, 0, 0, 0], 8)], taken());
    let mut group = criterion.benchmark_group("a free block, 10,000 taken");
    for prefix_length in [16, 20, 24] {
        let found = allocate(&pool, prefix_length, &taken, 0);
        assert!(found.is_some_and(|found| !taken.iter().any(|taken| taken.contains(&found) || found.contains(taken))));
        group.bench_function(format!("/{prefix_length}"), |bencher| {
            bencher.iter_batched(
                || taken.clone(),
                |taken| allocate(black_box(&pool), prefix_length, black_box(&taken), 15),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

#[expect(clippy::panic, reason = "there is nothing to measure")]
fn fail<T>(problem: String) -> T {
    panic!("{problem}")
}

fn main() {
    let mut criterion = Criterion::default().measurement_time(Duration::from_secs(5)).configure_from_args();
    plans(&mut criterion);
    allocation(&mut criterion);
    criterion.final_summary();
}
