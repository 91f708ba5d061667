//! The documents that the stack writes are such as the proof accepts: the two rooms share no code, so this is where
//! they meet.

use rstest::rstest;

use super::super::CheckName::{DataThroughThisVpc, EndpointPoliciesBound, RoleBound, RoleUsable};
use super::documents::ACCOUNT;
use super::fixture::{Environment, FLOW_LOG_ROLE, TRAINING_ROLE};
use ringfence_model::{
    policy::{EndpointAccess, FlowLogDelivery, TrainingAccess},
    scope::Scope,
};

fn scope() -> Scope {
    Scope { partition: "aws".to_owned(), region: "us-east-1".to_owned(), account: ACCOUNT.to_owned() }
}

const ENDPOINTS: [&str; 9] =
    ["s3", "ecr.api", "ecr.dkr", "logs", "ssm", "ssmmessages", "ec2messages", "sagemaker.api", "sagemaker.runtime"];

const SERVICES: [(&str, &[&str]); 4] = [
    ("ec2", &["ec2.amazonaws.com"]),
    ("sagemaker", &["sagemaker.amazonaws.com"]),
    ("batch", &["batch.amazonaws.com", "ecs-tasks.amazonaws.com"]),
    ("ecs-tasks", &["ecs-tasks.amazonaws.com"]),
];

/// Every way to name data: whole buckets, beginnings, and names.
const DATA: [&[&str]; 4] = [
    &[],
    &["arn:aws:s3:::datasets"],
    &["arn:aws:s3:::common/fraud/", "arn:aws:s3:::shared/team*", "arn:aws:s3:::checkpoints/*"],
    &["arn:aws:s3:::models/v3", "arn:aws:s3:::datasets/", "arn:aws:s3:::common/fraud"],
];

/// Whoever may assume the role, whatever endpoints there are, whatever data is read and written.
#[rstest]
fn on_roles(#[values(false, true)] with_keys: bool, #[values(0, 1, 2, 3)] written: usize) {
    let kms_keys: &[&str] = if with_keys { &["arn:aws:kms:us-east-1:210987654321:key/1"] } else { &[] };
    let everything = std::iter::once(ENDPOINTS.as_slice()).chain(std::iter::once(&[][..]));
    let endpoints: Vec<&[&str]> = everything.chain(ENDPOINTS.chunks(1)).collect();
    for chosen in 1..1_usize << SERVICES.len() {
        let chosen: Vec<_> =
            (0..).zip(SERVICES).filter(|(bit, _)| chosen >> bit & 1 == 1).map(|(_, one)| one).collect();
        let services: Vec<&str> = chosen.iter().map(|(service, _)| *service).collect();
        let principals: Vec<&str> = chosen.iter().flat_map(|(_, principals)| *principals).copied().collect();
        for endpoints in &endpoints {
            let access = TrainingAccess {
                scope: &scope(),
                vpc_id: "vpc-1",
                services: &services,
                read: DATA[DATA.len() - 1 - written],
                write: DATA[written],
                kms_keys,
                endpoints,
                flow_log_groups: "/ringfence/*",
            };
            assert_accepted(&access, &principals);
        }
    }
}

fn assert_accepted(access: &TrainingAccess<'_>, principals: &[&str]) {
    let delivery = FlowLogDelivery { scope: &scope(), log_group: "/ringfence/fraud-v3/flow-logs" };
    let mut environment = Environment::healthy();
    let training = environment.role(TRAINING_ROLE);
    training.trust_policy = access.trust_policy().to_json();
    training.inline_policies = [("training".to_owned(), access.permissions().to_json())].into();
    let flow_logs = environment.role(FLOW_LOG_ROLE);
    flow_logs.trust_policy = delivery.trust_policy().to_json();
    flow_logs.inline_policies = [("flow-logs".to_owned(), delivery.permissions().to_json())].into();
    let owned = |texts: &[&str]| -> Vec<String> { texts.iter().map(|text| (*text).to_owned()).collect() };
    let wanted = &mut environment.expectation.roles[0];
    wanted.services = owned(principals);
    (wanted.read, wanted.write, wanted.kms_keys) = (owned(access.read), owned(access.write), owned(access.kms_keys));
    let isolation = environment.prove();
    for check in
        isolation.checks.iter().filter(|check| [RoleBound, RoleUsable, DataThroughThisVpc].contains(&check.check))
    {
        assert!(check.holds, "{} of {access:?}: {}", check.check, check.because);
    }
    let told = environment.check(RoleBound).because.contains("ec2:CreateNetworkInterfacePermission");
    assert_eq!(told, access.services.contains(&"sagemaker"), "whom an interface is handed to is bound by nothing");
}

#[rstest]
fn on_endpoints(
    #[values("s3", "ecr.api", "ecr.dkr", "logs", "sts", "ssmmessages")] service: &str,
    #[values("vpce-s3", "vpce-ecr")] endpoint: &str,
) {
    let policy = EndpointAccess { scope: &scope(), endpoints: &ENDPOINTS }.policy(service);
    let mut environment = Environment::healthy();
    environment.endpoint(endpoint).policy = policy.to_json();
    let check = environment.check(EndpointPoliciesBound);
    assert!(check.holds, "{service}: {}", check.because);
}
