//! The documents that the stack writes are such as the proof accepts: the two rooms share no code, so this is where
//! they meet.

use rstest::rstest;

use super::super::CheckName::{DataThroughThisVpc, EndpointPoliciesBound, RoleBound, RoleUsable};
use super::documents::ACCOUNT;
use super::fixture::{Environment, FLOW_LOG_ROLE, TRAINING_ROLE};
use crate::policy::{EndpointAccess, FlowLogDelivery, Place, TrainingAccess};

const PLACE: Place<'_> = Place { partition: "aws", region: "us-east-1", account: ACCOUNT };
const ENDPOINTS: [&str; 9] =
    ["s3", "ecr.api", "ecr.dkr", "logs", "ssm", "ssmmessages", "ec2messages", "sagemaker.api", "sagemaker.runtime"];

#[rstest]
#[case::instances(&["ec2"], &["ec2.amazonaws.com"])]
#[case::sagemaker(&["sagemaker"], &["sagemaker.amazonaws.com"])]
#[case::containers(&["batch", "ecs-tasks"], &["batch.amazonaws.com", "ecs-tasks.amazonaws.com"])]
#[case::all(
    &["ec2", "sagemaker", "batch", "ecs-tasks"],
    &["ec2.amazonaws.com", "sagemaker.amazonaws.com", "batch.amazonaws.com", "ecs-tasks.amazonaws.com"]
)]
fn on_roles(#[case] services: &[&str], #[case] principals: &[&str]) {
    let read = ["arn:aws:s3:::datasets", "arn:aws:s3:::common/fraud/", "arn:aws:s3:::shared/team*"];
    let write = ["arn:aws:s3:::models/v3", "arn:aws:s3:::checkpoints/*"];
    let kms_keys = ["arn:aws:kms:us-east-1:210987654321:key/1"];
    let access = TrainingAccess {
        place: PLACE,
        vpc_id: "vpc-1",
        services,
        read: &read,
        write: &write,
        kms_keys: &kms_keys,
        endpoints: &ENDPOINTS,
        flow_log_groups: "/ringfence/fraud-v3/flow-logs",
    };
    let delivery = FlowLogDelivery { place: PLACE, log_group: "/ringfence/fraud-v3/flow-logs" };
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
    (wanted.read, wanted.write, wanted.kms_keys) = (owned(&read), owned(&write), owned(&kms_keys));
    for name in [RoleBound, RoleUsable, DataThroughThisVpc] {
        let check = environment.check(name);
        assert!(check.holds, "{name}: {}", check.because);
    }
    let told = environment.check(RoleBound).because.contains("ec2:CreateNetworkInterfacePermission");
    assert_eq!(told, services.contains(&"sagemaker"), "whom an interface is handed to is bound by nothing");
}

#[rstest]
fn on_endpoints(
    #[values("s3", "ecr.api", "ecr.dkr", "logs", "sts", "ssmmessages")] service: &str,
    #[values("vpce-s3", "vpce-ecr")] endpoint: &str,
) {
    let policy = EndpointAccess { place: PLACE, endpoints: &ENDPOINTS }.policy(service);
    let mut environment = Environment::healthy();
    environment.endpoint(endpoint).policy = policy.to_json();
    let check = environment.check(EndpointPoliciesBound);
    assert!(check.holds, "{service}: {}", check.because);
}
