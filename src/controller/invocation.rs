//! One invocation: what every use case has at hand.

use jiff::Timestamp;

use super::reply::Reply;
use crate::{
    answer::Answer,
    aws::{Aws, OwnAws, out_of_time},
    clock,
    deadline::Deadline,
    doctor::examine,
    notify::Bus,
    registry::{Lease, Record, Registry},
    resources::{KnownVpc, Subject},
    settings::Settings,
};
use ringfence_model::{
    failure::Failure,
    name::EnvironmentName,
    partition,
    request::{Action, Ask, EnvironmentRequest, Request, View},
    spec::Spec,
    stack::{Owner, Prescribed, StackOption},
    status::Status,
};

/// One invocation of the function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Controller<'a> {
    /// The installation's own table and bus.
    pub(crate) own: &'a OwnAws,
    /// The scope that environments are made in.
    pub(crate) aws: &'a Aws,
    pub(crate) settings: &'a Settings,
    /// Who holds the leases that this invocation takes.
    pub(crate) owner: &'a str,
    /// Who asked, as far as the carrier says.
    pub(crate) requested_by: Option<&'a str>,
    /// What the invocation is a part of, as X-Ray knows it.
    pub(crate) trace: Option<&'a str>,
    pub(crate) deadline: Deadline,
}

impl<'a> Controller<'a> {
    /// Does what `request` asks, and answers before the deadline whatever AWS does.
    pub(crate) async fn handle(&self, request: Request) -> Result<Reply, Failure> {
        let doing = tokio::time::timeout(self.deadline.last_word(), self.do_as_asked(request));
        doing.await.unwrap_or_else(|_| Err(out_of_time()))
    }

    async fn do_as_asked(&self, request: Request) -> Result<Reply, Failure> {
        let request = match request {
            Request::Environment(request) => request,
            Request::Doctor => {
                return Ok(Reply::Diagnosis(examine(self.own, self.aws, self.settings, self.deadline).await));
            }
            Request::List(request) => return self.list(request).await.map(Reply::Listing),
            Request::Sweep => return self.sweep().await.map(Reply::Sweep),
        };
        let EnvironmentRequest { environment, ask, .. } = &request;
        let answer = match ask {
            Ask::Create(spec) => self.create(&request, spec).await?,
            Ask::Delete => self.delete(&request).await?,
            Ask::Describe { view: View::Json } => self.describe(environment).await?,
            Ask::Describe { view: View::Svg } => return self.draw(environment).await.map(Reply::Picture),
            Ask::Plan(spec) => self.plan(&request, spec).await?,
        };
        Ok(Reply::Environment(Box::new(answer)))
    }

    pub(super) fn now(&self) -> Timestamp {
        clock::now()
    }

    pub(super) const fn registry(&self) -> Registry<'a> {
        Registry { own: self.own, table: self.settings.table.as_str() }
    }

    pub(super) fn bus(&self) -> Bus<'a> {
        Bus { own: self.own, name: &self.settings.event_bus, trace: self.trace }
    }

    /// A lease of this invocation: it ends when the invocation does, never later.
    pub(super) fn lease(&self) -> Lease {
        Lease { owner: self.owner.to_owned(), until: self.deadline.moment() }
    }

    /// Whose resources an environment's are.
    pub(super) fn owner_of(&self, environment: &EnvironmentName) -> Owner {
        Owner { environment: environment.to_string(), installation: self.settings.table.clone() }
    }

    /// What to look at. `spec` says which AWS services it is worth asking about.
    pub(super) fn subject(&self, environment: &EnvironmentName, spec: Option<&Spec>, vpc: KnownVpc) -> Subject {
        let services = spec.map(|spec| spec.egress.endpoints.as_slice()).unwrap_or_default();
        let (gateway, interface): (Vec<_>, Vec<_>) = services.iter().partition(|service| service.is_gateway());
        let region = self.aws.region();
        let owner = self.owner_of(environment);
        Subject {
            shared_tags: spec.map_or_else(|| owner.tags(), |spec| owner.tags_with(&spec.tags)),
            owner,
            region: region.to_owned(),
            export_prefix: self.settings.export_prefix.clone(),
            gateway_services: gateway.into_iter().map(ToString::to_string).collect(),
            interface_services: interface
                .into_iter()
                .flat_map(|service| partition::endpoint_service_names(region, service.as_str()))
                .collect(),
            ssh_prefix_lists: spec.map(Spec::ssh_prefix_lists).unwrap_or_default(),
            options: spec.map(StackOption::asked).unwrap_or_default(),
            shares_flow_log_role: self.settings.flow_log_role.is_some(),
            vpc,
        }
    }

    /// What the installation prescribes for every environment.
    pub(super) fn prescribed(&self) -> Prescribed {
        Prescribed {
            permissions_boundary: self.settings.permissions_boundary.clone(),
            flow_log_role: self.settings.flow_log_role.clone(),
            export_prefix: self.settings.export_prefix.clone(),
        }
    }

    /// An answer with what the record says of the environment.
    pub(super) fn answer(&self, action: Action, status: Status, record: &Record) -> Answer {
        Answer {
            spec: record.spec.clone(),
            requested_at: Some(record.order.requested_at()),
            requested_by: record.requested_by.clone(),
            expires_at: record.expires_at(),
            ..Answer::new(record.environment.clone(), action, status)
        }
    }
}
