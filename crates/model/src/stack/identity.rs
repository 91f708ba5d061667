//! What the roles of an environment may do, and who may assume them.

use super::{FLOW_LOG_GROUPS, Purpose, Stack};
use crate::policy::{self, Document, EndpointAccess, FlowLogDelivery, TrainingAccess};
use crate::spec::TrainingService;

/// Who may assume the role.
#[must_use]
pub fn trust_policy(stack: &Stack, purpose: Purpose) -> Document {
    match purpose {
        Purpose::Training => with_training_access(stack, "", |access| access.trust_policy()),
        Purpose::FlowLogs => with_delivery(stack, |delivery| delivery.trust_policy()),
    }
}

/// The service principals that may assume the training role. The containers of AWS Batch are tasks of Amazon ECS.
#[must_use]
pub fn trusted_services(stack: &Stack) -> Vec<String> {
    let services = &stack.spec.training.services;
    let principal = |service: &TrainingService| policy::service_principal(&stack.scope.partition, &service.to_string());
    let mut trusted: Vec<String> = services.iter().map(principal).collect();
    if services.contains(&TrainingService::Batch) {
        trusted.push(principal(&TrainingService::EcsTasks));
    }
    trusted.sort();
    trusted.dedup();
    trusted
}

/// What the role may do. `vpc` is the ID of the environment's VPC, through which alone data may be reached.
#[must_use]
pub fn permissions(stack: &Stack, purpose: Purpose, vpc: &str) -> Document {
    match purpose {
        Purpose::Training => with_training_access(stack, vpc, |access| access.permissions()),
        Purpose::FlowLogs => with_delivery(stack, |delivery| delivery.permissions()),
    }
}

/// What may pass through the endpoint of a service; `None` where AWS takes no policy for it.
#[must_use]
pub fn endpoint_policy(stack: &Stack, service: &str) -> Option<Document> {
    if policy::why_unbindable(service).is_some() {
        return None;
    }
    let endpoints = endpoints(stack);
    Some(EndpointAccess { scope: &stack.scope, endpoints: &endpoints }.policy(service))
}

fn with_delivery(stack: &Stack, write: impl Fn(&FlowLogDelivery<'_>) -> Document) -> Document {
    write(&FlowLogDelivery { scope: &stack.scope, log_group: &stack.flow_log_group() })
}

fn with_training_access(stack: &Stack, vpc: &str, write: impl Fn(&TrainingAccess<'_>) -> Document) -> Document {
    let training = &stack.spec.training;
    let texts = |values: &mut dyn Iterator<Item = String>| values.collect::<Vec<String>>();
    let services = texts(&mut training.services.iter().map(ToString::to_string));
    let read = texts(&mut training.read.iter().map(ToString::to_string));
    let write_to = texts(&mut training.write.iter().map(ToString::to_string));
    let kms_keys = texts(&mut training.kms_keys.iter().map(ToString::to_string));
    write(&TrainingAccess {
        scope: &stack.scope,
        vpc_id: vpc,
        services: &borrowed(&services),
        read: &borrowed(&read),
        write: &borrowed(&write_to),
        kms_keys: &borrowed(&kms_keys),
        endpoints: &endpoints(stack),
        flow_log_groups: &format!("{FLOW_LOG_GROUPS}*"),
    })
}

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn endpoints(stack: &Stack) -> Vec<&str> {
    stack.endpoints().map(|(service, _)| service).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{spec::Spec, stack::wanted::some_stack};

    #[test]
    fn a_host_touches_the_flow_logs_of_no_environment() {
        let mut stack = some_stack("10.42.0.0/16");
        stack.spec = Spec::decode(&json!({"egress": {"endpoints": ["s3", "logs"]}})).unwrap();
        let document: Value = serde_json::from_str(&permissions(&stack, Purpose::Training, "vpc-1").to_json()).unwrap();
        let statements = document["Statement"].as_array().unwrap();
        let deny = statements.iter().find(|statement| statement["Sid"] == "DenyTouchingFlowLogs").unwrap();
        let groups = "arn:aws:logs:us-east-1:123456789012:log-group:/ringfence/*";
        assert_eq!(deny["Resource"], json!([groups, format!("{groups}:*")]));
    }
}
