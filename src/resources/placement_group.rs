//! The cluster placement group that `training.cluster` asks for: instances near each other, as EFA and NCCL like it.

use aws_sdk_ec2::types::{PlacementGroupState, PlacementStrategy, ResourceType};

use super::{
    Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, Stage, ec2,
    look::{Extent, Holder},
    optional,
};
use crate::aws::{CallError, Named};
use ringfence_model::{
    plan::{Reference, Refers},
    stack::{StackOption, TRAINING_PLACEMENT_GROUP},
};
use ringfence_observed::{Observed, PlacementGroup, Tags};

/// The filter for the tag of this installation.
const INSTALLATION_FILTER: &str = "tag:ringfence:installation";

pub(crate) struct PlacementGroups;

/// What can be done to a placement group. AWS lets nobody alter one.
#[derive(Debug)]
pub(crate) enum PlacementGroupChange {
    /// Makes it. Its name is its natural key within the account and region.
    Create {
        name: String,
        after: Vec<Reference>,
        tags: Tags,
    },
    Delete {
        name: String,
    },
}

impl Observe for PlacementGroups {
    type Seen = optional::Found<PlacementGroup>;
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, Self::Seen)>, CallError> {
        optional::read(look, StackOption::Cluster, async |holders| {
            // By name, whosever it is: nobody else's may have it.
            let filter = match look.extent {
                Extent::Environment(subject) => {
                    ec2::filter("group-name", subject.owner.full_name(TRAINING_PLACEMENT_GROUP))
                }
                Extent::Fleet(fleet) => ec2::filter(INSTALLATION_FILTER, &fleet.installation),
            };
            let call = look.aws.ec2.describe_placement_groups().filters(filter);
            let answer = call.send().await.named("ec2:DescribePlacementGroups")?;
            let groups = answer.placement_groups().iter();
            let groups = groups.filter(|group| group.state() != Some(&PlacementGroupState::Deleted)).map(from_sdk);
            let placed = groups.filter_map(|group| {
                let is_named = |holder: &&Holder| holder.owner.full_name(TRAINING_PLACEMENT_GROUP) == group.name;
                Some((holders.iter().find(is_named)?.home(), group))
            });
            Ok(placed.collect())
        })
        .await
    }

    fn place(observed: &mut Observed, seen: Self::Seen) {
        if let Some(group) = seen.noted(observed) {
            observed.placement_groups.push(group);
        }
    }
}

impl Manage for PlacementGroups {
    const TYPE: &'static str = "AWS::EC2::PlacementGroup";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let stack = draft.stack.clone();
        let name = stack.full_name(TRAINING_PLACEMENT_GROUP);
        let asked = StackOption::Cluster.is_asked(&stack.spec);
        let observed = draft.observed;
        let Some(group) = observed.placement_groups.iter().find(|group| group.name == name) else {
            if asked {
                let after = draft.before_options()?;
                let create = PlacementGroupChange::Create { name, after, tags: stack.tags(TRAINING_PLACEMENT_GROUP) };
                draft.create(TRAINING_PLACEMENT_GROUP, create);
            }
            return Ok(());
        };
        let is_right = asked && group.strategy == PlacementStrategy::Cluster.as_str();
        if asked {
            draft.ours(TRAINING_PLACEMENT_GROUP, &group.name, &group.tags)?;
        }
        if is_right {
            draft.retag(Self::TYPE, TRAINING_PLACEMENT_GROUP, &group.id, &group.tags);
        } else if stack.owner.owns(&group.tags) && group.state != "deleting" {
            let change = PlacementGroupChange::Delete { name };
            draft.delete(TRAINING_PLACEMENT_GROUP, &group.name, change, &[]);
        }
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        let ours = removal.observed.placement_groups.iter().filter(|group| removal.owner.owns(&group.tags));
        for group in ours {
            let change = PlacementGroupChange::Delete { name: group.name.clone() };
            removal.delete(Stage::Endpoints, TRAINING_PLACEMENT_GROUP, &group.name, change);
        }
    }
}

impl Refers for PlacementGroupChange {
    fn resource_type(&self) -> &'static str {
        PlacementGroups::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Create { after, .. } => after.iter().collect(),
            Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for PlacementGroupChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        let ec2 = &run.aws.ec2;
        match self {
            Self::Create { name, tags, .. } => {
                let call = ec2
                    .create_placement_group()
                    .group_name(name)
                    .strategy(PlacementStrategy::Cluster)
                    .tag_specifications(ec2::tagged(ResourceType::PlacementGroup, tags));
                call.send().await.named("ec2:CreatePlacementGroup")?;
                Ok(Some(name.clone()))
            }
            Self::Delete { name } => {
                ec2::gone(ec2.delete_placement_group().group_name(name).send().await.named("ec2:DeletePlacementGroup"))
            }
        }
    }
}

fn from_sdk(group: &aws_sdk_ec2::types::PlacementGroup) -> PlacementGroup {
    PlacementGroup {
        id: group.group_id().unwrap_or_default().to_owned(),
        name: group.group_name().unwrap_or_default().to_owned(),
        strategy: group.strategy().map(|strategy| strategy.as_str().to_owned()).unwrap_or_default(),
        state: group.state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
        tags: ec2::from_tags(group.tags()),
    }
}
