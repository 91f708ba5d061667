//! The training role: who may assume it, and what it may do.

use super::endpoint::{PULL_IMAGES, deep_learning_containers, pulls_images};
use super::training_data::TrainingData;
use super::{Document, Operator, Principal, Statement, service_principal};
use crate::scope::Scope;

/// What the training role is made for.
///
/// Everything is a plain string that has been checked elsewhere; the same access makes the same
/// documents, whatever order its lists are in.
#[derive(Clone, Copy, Debug)]
pub struct TrainingAccess<'a> {
    /// Where the environment stands.
    pub scope: &'a Scope,
    /// The environment's VPC.
    pub vpc_id: &'a str,
    /// Who may assume the role: `ec2`, `sagemaker`, `batch`, `ecs-tasks`; at least one of them.
    pub services: &'a [&'a str],
    /// S3 ARNs that may be read: buckets, or prefixes that end in `/` or `*`. A key without either is
    /// the object of that name and the folder of that name. No other wildcards, no policy variables.
    pub read: &'a [&'a str],
    /// S3 ARNs that may be read and written, likewise.
    pub write: &'a [&'a str],
    /// ARNs of KMS keys that this data may be encrypted with.
    pub kms_keys: &'a [&'a str],
    /// The endpoints of the environment, as the spec names them: `s3`, `ecr.api`, `ssmmessages`, …
    pub endpoints: &'a [&'a str],
    /// The log groups that hold flow logs: a name, or a beginning followed by `*`. The role may not touch
    /// them, lest a host rewrite what is recorded about it.
    pub flow_log_groups: &'a str,
}

impl TrainingAccess<'_> {
    /// The trust policy.
    ///
    /// Where the service says for whom it acts, it must act for this account, so that no other account's
    /// job can be handed this role. SageMaker AI, Amazon ECS and AWS Batch do:
    /// <https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html>,
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>,
    /// <https://docs.aws.amazon.com/batch/latest/userguide/cross-service-confused-deputy-prevention.html>.
    /// Amazon EC2 does not, and cannot be tricked so: an instance profile is of its own account.
    ///
    /// The containers of AWS Batch are tasks of Amazon ECS, which is who assumes a job's role:
    /// <https://docs.aws.amazon.com/batch/latest/userguide/execution-IAM-role.html>. `batch` therefore lets
    /// both in.
    pub fn trust_policy(&self) -> Document {
        let mut statements = Vec::new();
        if self.serves("ec2") {
            let instances = service_principal(&self.scope.partition, "ec2");
            statements.push(Statement::allow("InstancesAssume", "sts:AssumeRole").by(Principal::services(instances)));
        }
        let names = [
            ("batch", self.serves("batch")),
            ("ecs-tasks", self.serves("ecs-tasks") || self.serves("batch")),
            ("sagemaker", self.serves("sagemaker")),
        ];
        let services: Vec<String> = names
            .iter()
            .filter(|(_, serves)| *serves)
            .map(|(name, _)| service_principal(&self.scope.partition, name))
            .collect();
        if !services.is_empty() {
            statements.push(
                Statement::allow("ServicesAssumeForThisAccount", "sts:AssumeRole")
                    .by(Principal::services(services))
                    .when(Operator::STRING_EQUALS, "aws:SourceAccount", &*self.scope.account),
            );
        }
        Document::new(statements)
    }

    /// The permissions, as one inline policy.
    ///
    /// Beside the data, the role may use what the environment was given endpoints for, and what SageMaker
    /// AI does in its name outside the VPC. Where a statement is about `*`, AWS takes nothing narrower,
    /// and its `Sid` says so.
    pub fn permissions(&self) -> Document {
        let data = TrainingData { scope: self.scope, read: self.read, write: self.write, kms_keys: self.kms_keys };
        let mut statements = data.statements();
        statements.push(self.deny_data_from_elsewhere());
        if pulls_images(self.endpoints) || self.serves("sagemaker") {
            statements.extend(self.pull_images());
        }
        if self.reaches(&["logs"]) || self.serves("sagemaker") {
            statements.extend(self.write_logs());
        }
        if self.reaches(&["ssm", "ssmmessages", "ec2messages"]) {
            statements.extend(self.hold_sessions());
        }
        if self.serves("sagemaker") {
            statements.extend(self.run_sagemaker_jobs());
        }
        statements.extend(self.call_sagemaker());
        Document::new(statements)
    }

    /// The credentials of the role are of no use for data outside the VPC, whatever else allows it:
    /// stolen ones do not work. A request that does not come through a VPC endpoint has no
    /// `aws:SourceVpc`, and a negated operator holds for a missing key:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcevpc>.
    ///
    /// Requests that a service makes with the role's credentials (`aws:ViaAWSService`) are no exception:
    /// nothing here needs one, and each would be a way for data around the VPC. Image layers and Amazon
    /// Linux packages need none either, since they are not fetched in the role's name: URLs to layers are
    /// signed by Amazon ECR, packages are public.
    fn deny_data_from_elsewhere(&self) -> Statement {
        Statement::deny("DenyDataOutsideThisVpc", "s3:*").on("*").when(
            Operator::STRING_NOT_EQUALS,
            "aws:SourceVpc",
            self.vpc_id,
        )
    }

    /// Images from this account's registry and from AWS's deep learning containers, in this region:
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/security_iam_service-with-iam.html>
    fn pull_images(&self) -> [Statement; 2] {
        let aws = deep_learning_containers(&self.scope.region);
        let aws = aws.map(|account| self.scope.arn_of("ecr", account, "repository/*"));
        let own = self.scope.arn("ecr", "repository/*");
        [
            Statement::allow("RegistryTokenTakesNoResource", "ecr:GetAuthorizationToken").on("*"),
            Statement::allow("PullImages", PULL_IMAGES).on(std::iter::once(own).chain(aws).collect::<Vec<_>>()),
        ]
    }

    /// Log groups of this account and region, but for those that hold flow logs.
    ///
    /// The ARN with `:*` stands for a group's streams, and is what the group's own actions are checked
    /// against, too:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html>
    fn write_logs(&self) -> [Statement; 2] {
        let actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"];
        let flow_logs = self.scope.arn("logs", &format!("log-group:{}", self.flow_log_groups));
        [
            Statement::allow("WriteLogs", actions).on(self.scope.arn("logs", "log-group:*")),
            Statement::deny("DenyTouchingFlowLogs", "logs:*").on(vec![flow_logs.clone(), format!("{flow_logs}:*")]),
        ]
    }

    /// What the agent needs for sessions, and no more: `AmazonSSMManagedInstanceCore` would also read
    /// every parameter of the account.
    /// <https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-add-permissions-to-existing-profile.html>
    fn hold_sessions(&self) -> Vec<Statement> {
        let channels = [
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ];
        let mut statements = vec![
            Statement::allow("RegisterForSessions", "ssm:UpdateInstanceInformation")
                .on(vec![self.scope.arn("ec2", "instance/*"), self.scope.arn("ssm", "managed-instance/*")]),
            Statement::allow("SessionChannelsTakeNoResource", channels).on("*"),
        ];
        if self.reaches(&["ec2messages"]) {
            let messages = [
                "ec2messages:AcknowledgeMessage",
                "ec2messages:DeleteMessage",
                "ec2messages:FailMessage",
                "ec2messages:GetEndpoint",
                "ec2messages:GetMessages",
                "ec2messages:SendReply",
            ];
            statements.push(Statement::allow("AgentMessagesTakeNoResource", messages).on("*"));
        }
        statements
    }

    /// What SageMaker AI does in the role's name to run a job in this VPC, and in no other: make the
    /// job's network interfaces, and report its metrics.
    ///
    /// An interface is handed over to SageMaker AI. Where the call names a service
    /// (`ec2:AuthorizedService`), it is held to that; where it names an account instead, nothing holds it, for
    /// SageMaker AI attaches interfaces in an account of its own, which AWS does not name. This is why only
    /// `sagemaker` brings it.
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>
    /// <https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createtrainingjob-perms>
    fn run_sagemaker_jobs(&self) -> [Statement; 5] {
        let vpc = self.scope.arn("ec2", &format!("vpc/{}", self.vpc_id));
        let interfaces = self.scope.arn("ec2", "network-interface/*");
        let describe = [
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        ];
        let take_back = ["ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission"];
        [
            // Subnets and groups are held to the VPC; the interface itself is in none before it is made.
            Statement::allow("CreateInterfacesInThisVpc", "ec2:CreateNetworkInterface")
                .on(vec![
                    interfaces.clone(),
                    self.scope.arn("ec2", "security-group/*"),
                    self.scope.arn("ec2", "subnet/*"),
                ])
                .when(Operator::ARN_LIKE_IF_EXISTS, "ec2:Vpc", vpc.as_str()),
            Statement::allow("HandOverInterfacesInThisVpc", "ec2:CreateNetworkInterfacePermission")
                .on(interfaces.clone())
                .when(Operator::ARN_LIKE, "ec2:Vpc", vpc.as_str())
                .when(
                    Operator::STRING_EQUALS_IF_EXISTS,
                    "ec2:AuthorizedService",
                    service_principal(&self.scope.partition, "sagemaker"),
                ),
            Statement::allow("ReleaseInterfacesInThisVpc", take_back).on(interfaces).when(
                Operator::ARN_LIKE,
                "ec2:Vpc",
                vpc.as_str(),
            ),
            Statement::allow("DescribingTakesNoResource", describe).on("*"),
            Statement::allow("MetricsTakeNoResource", "cloudwatch:PutMetricData").on("*").when(
                Operator::STRING_LIKE,
                "cloudwatch:namespace",
                "/aws/sagemaker/*",
            ),
        ]
    }

    /// What code in the VPC asks of SageMaker AI through its endpoints: how its own jobs fare, and
    /// answers of this account's models. Starting jobs is left to who may pass roles.
    /// <https://docs.aws.amazon.com/sagemaker/latest/dg/interface-vpc-endpoint.html>
    fn call_sagemaker(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        if self.reaches(&["sagemaker.api"]) {
            statements.push(
                Statement::allow("DescribeTrainingJobs", "sagemaker:DescribeTrainingJob")
                    .on(self.scope.arn("sagemaker", "training-job/*")),
            );
        }
        if self.reaches(&["sagemaker.runtime"]) {
            let invoke = [
                "sagemaker:InvokeEndpoint",
                "sagemaker:InvokeEndpointAsync",
                "sagemaker:InvokeEndpointWithResponseStream",
            ];
            statements.push(Statement::allow("InvokeModels", invoke).on(vec![
                self.scope.arn("sagemaker", "endpoint/*"),
                // An endpoint may hold several models, each a component that is asked about beside it.
                self.scope.arn("sagemaker", "inference-component/*"),
            ]));
        }
        statements
    }

    fn serves(&self, service: &str) -> bool {
        self.services.contains(&service)
    }

    fn reaches(&self, endpoints: &[&str]) -> bool {
        endpoints.iter().any(|endpoint| self.endpoints.contains(endpoint))
    }
}

#[cfg(test)]
mod tests;
