//! The role that delivers flow logs.

use super::{Document, Operator, Principal, Statement, service_principal};
use crate::scope::Scope;

/// The delivery of flow logs to the environment's log group.
///
/// <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html>
#[derive(Clone, Copy, Debug)]
pub struct FlowLogDelivery<'a> {
    /// Where the environment stands.
    pub scope: &'a Scope,
    /// The name of the log group.
    pub log_group: &'a str,
}

impl FlowLogDelivery<'_> {
    /// The trust policy: flow logs of this account and region alone.
    pub fn trust_policy(&self) -> Document {
        let flow_logs = self.scope.arn("ec2", "vpc-flow-log/*");
        Document::new([Statement::allow("FlowLogsAssumeForThisAccount", "sts:AssumeRole")
            .by(Principal::services(service_principal(&self.scope.partition, "vpc-flow-logs")))
            .when(Operator::STRING_EQUALS, "aws:SourceAccount", &*self.scope.account)
            .when(Operator::ARN_LIKE, "aws:SourceArn", flow_logs)])
    }

    /// The permissions: streams of this log group, and finding it.
    ///
    /// AWS's example also lets the role create log groups. This one may not: a delivery that comes late
    /// would bring a deleted group back, without retention, key or tags.
    pub fn permissions(&self) -> Document {
        let group = self.scope.arn("logs", &format!("log-group:{}", self.log_group));
        let streams = format!("{group}:*");
        let deliver = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"];
        Document::new([
            Statement::allow("DeliverToLogGroup", deliver).on(vec![group, streams]),
            Statement::allow("FindingLogGroupsTakesNoResource", "logs:DescribeLogGroups").on("*"),
        ])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::FlowLogDelivery;
    use crate::scope::some_scope;

    fn some_delivery() -> FlowLogDelivery<'static> {
        FlowLogDelivery { scope: some_scope("aws", "eu-central-1"), log_group: "/ringfence/fraud-v3/flow-logs" }
    }

    #[test]
    fn trusts_flow_logs_of_this_account_and_region_alone() {
        let document: Value = serde_json::from_str(&some_delivery().trust_policy().to_json()).unwrap();
        let expected = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "FlowLogsAssumeForThisAccount",
                "Effect": "Allow",
                "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": "123456789012"},
                    "ArnLike": {"aws:SourceArn": "arn:aws:ec2:eu-central-1:123456789012:vpc-flow-log/*"},
                },
            }],
        });
        assert_eq!(document, expected);
    }

    #[test]
    fn writes_to_its_log_group_and_creates_none() {
        let document: Value = serde_json::from_str(&some_delivery().permissions().to_json()).unwrap();
        let group = "arn:aws:logs:eu-central-1:123456789012:log-group:/ringfence/fraud-v3/flow-logs";
        let expected = json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "DeliverToLogGroup",
                    "Effect": "Allow",
                    "Action": [
                        "logs:CreateLogStream",
                        "logs:DescribeLogStreams",
                        "logs:PutLogEvents",
                    ],
                    "Resource": [group, format!("{group}:*")],
                },
                {
                    "Sid": "FindingLogGroupsTakesNoResource",
                    "Effect": "Allow",
                    "Action": "logs:DescribeLogGroups",
                    "Resource": "*",
                },
            ],
        });
        assert_eq!(document, expected);
    }
}
