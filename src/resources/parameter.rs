//! The SSM parameters that publish an environment. What is wanted of them is known only once the rest stands and is
//! proved, so they have a plan of their own.

use std::collections::BTreeSet;

use aws_sdk_ssm::types::{ParameterStringFilter, ParameterType, ResourceTypeForTagging, Tag};
use futures_util::{
    future::{join_all, try_join_all},
    try_join,
};

use super::{
    Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, Stage, iam,
    look::{Extent, Fleet, Subject},
};
use crate::aws::{
    Aws, CallError, Class, Named,
    limits::{FILTERS_OF_PARAMETERS, PARAMETERS_A_CALL, TAG_KEYS_A_CALL},
};
use ringfence_model::{
    plan::{Reference, Refers},
    stack::{Export, NAME, Owner, export_names},
};
use ringfence_observed::{Observed, Parameter, Tags};

/// How many reads of many are under way at once: SSM takes 40 GetParameters a second
/// (<https://docs.aws.amazon.com/general/latest/gr/ssm.html>).
const READS_AT_ONCE: usize = 8;

pub(crate) struct Parameters;

/// What can be done to parameters.
#[derive(Debug)]
pub(crate) enum ParameterChange {
    /// Makes one, tagged.
    Create { name: String, value: String, list: bool, tags: Tags },
    /// Gives one another value. SSM refuses tags in the same call; those it has stay.
    Overwrite { name: String, value: String, list: bool },
    /// Puts tags on one.
    Tag { name: String, tags: Tags },
    /// Takes tags off one.
    Untag { name: String, keys: Vec<String> },
    /// Removes up to ten.
    Delete { names: Vec<String> },
}

impl Observe for Parameters {
    type Seen = Parameter;

    /// No parameters but those that hold whole sets, and no tags.
    const BULK: Bulk<Self::Seen> = Bulk::Partly;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, Parameter)>, CallError> {
        let subject = match look.extent {
            Extent::Environment(subject) => subject,
            Extent::Fleet(fleet) => return read_whole_sets(look.aws, fleet).await,
        };
        let home = || Home::Environment(subject.owner.environment.clone());
        if let Some(before) = look.before() {
            return Ok(before.parameters.iter().map(|parameter| (home(), parameter.clone())).collect());
        }
        let path = format!("{}/{}", subject.export_prefix, subject.owner.environment);
        let all = async {
            let pages = look.aws.ssm.get_parameters_by_path().path(&path).recursive(true).into_paginator().send();
            let pages = pages.collect::<Result<Vec<_>, _>>().await.named("ssm:GetParametersByPath")?;
            Ok(pages.into_iter().flat_map(|page| page.parameters.unwrap_or_default()).collect::<Vec<_>>())
        };
        let (parameters, tagged) = try_join!(all, read_tagged(look.aws, subject, &path))?;
        // What else somebody keeps under the environment's path is not ours.
        let exports = parameters.iter().filter_map(|found| Some((found, export_of(found.name()?, &path)?)));
        let exports = exports.map(|(found, export)| async {
            let name = found.name().unwrap_or_default().to_owned();
            let tags = if tagged.contains(&name) {
                Some(tags_of(subject, export))
            } else {
                read_tags(look.aws, name.clone()).await?
            };
            let parameter_type = found.r#type().map(|kind| kind.as_str().to_owned()).unwrap_or_default();
            let value = found.value().unwrap_or_default().to_owned();
            Ok::<_, CallError>(Parameter { name, parameter_type, value, tags })
        });
        Ok(try_join_all(exports).await?.into_iter().map(|parameter| (home(), parameter)).collect())
    }

    fn place(observed: &mut Observed, seen: Parameter) {
        observed.parameters.push(seen);
    }
}

impl Manage for Parameters {
    const TYPE: &'static str = "AWS::SSM::Parameter";

    fn draft(_: &mut Draft<'_>) -> Result<(), Refusal> {
        // What is wanted is known only once the rest stands: `publication.rs`.
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        let ours = removal.observed.parameters.iter().filter(|parameter| is_ours(removal.owner, parameter));
        // The whole set goes first, so that nobody starts with a part of it.
        let mut names: Vec<String> = ours.map(|parameter| parameter.name.clone()).collect();
        names.sort_by_key(|name| !is_whole(name));
        for names in names.chunks(PARAMETERS_A_CALL) {
            let change = ParameterChange::Delete { names: names.to_vec() };
            removal.delete(Stage::Exports, Export::WHOLE, &names.join(","), change);
        }
    }
}

/// Whether a parameter carries our tags, as far as they were asked for.
pub(super) fn is_ours(owner: &Owner, parameter: &Parameter) -> bool {
    parameter.tags.as_ref().is_none_or(|tags| owner.owns(tags))
}

pub(super) fn is_whole(name: &str) -> bool {
    name.rsplit('/').next() == Some(Export::WHOLE)
}

/// The export that a parameter under `path` holds.
fn export_of<'a>(name: &'a str, path: &str) -> Option<&'a str> {
    let export = name.strip_prefix(path)?.strip_prefix('/')?;
    export_names().any(|known| known == export).then_some(export)
}

impl Refers for ParameterChange {
    fn resource_type(&self) -> &'static str {
        Parameters::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        Vec::new()
    }
}

impl Act for ParameterChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        const PUT: &str = "ssm:PutParameter";
        const TAG: &str = "ssm:AddTagsToResource";
        let ssm = &run.aws.ssm;
        let kind = |list: bool| if list { ParameterType::StringList } else { ParameterType::String };
        match self {
            Self::Create { name, value, list, tags } => {
                let call = ssm.put_parameter().name(name).value(value).r#type(kind(*list));
                call.set_tags(Some(to_tags(PUT, tags)?)).send().await.named(PUT)?;
                return Ok(Some(name.clone()));
            }
            Self::Overwrite { name, value, list } => {
                let call = ssm.put_parameter().name(name).value(value).r#type(kind(*list)).overwrite(true);
                call.send().await.named(PUT)?;
            }
            Self::Tag { name, tags } => {
                let call =
                    ssm.add_tags_to_resource().resource_type(ResourceTypeForTagging::Parameter).resource_id(name);
                call.set_tags(Some(to_tags(TAG, tags)?)).send().await.named(TAG)?;
            }
            Self::Untag { name, keys } => {
                for keys in keys.chunks(TAG_KEYS_A_CALL) {
                    let call = ssm.remove_tags_from_resource().resource_type(ResourceTypeForTagging::Parameter);
                    let call = call.resource_id(name).set_tag_keys(Some(keys.to_vec()));
                    call.send().await.named("ssm:RemoveTagsFromResource")?;
                }
            }
            Self::Delete { names } => delete(run.aws, names).await?,
        }
        Ok(None)
    }
}

/// Removes parameters, at most ten. Names that are gone already come back as invalid: they are what was wanted.
///
/// The function's role goes by tags, and AWS denies the whole call over one name that it may not remove; one that has
/// vanished has no tags. So what is denied is asked for name by name, and only what a look still shows was denied.
async fn delete(aws: &Aws, names: &[String]) -> Result<(), CallError> {
    let Err(error) = delete_at_once(aws, names).await else { return Ok(()) };
    if error.class != Class::Denied {
        return Err(error);
    }
    let each = join_all(names.iter().map(|name| delete_alone(aws, name, &error, names.len() > 1))).await;
    each.into_iter().collect()
}

async fn delete_at_once(aws: &Aws, names: &[String]) -> Result<(), CallError> {
    let call = aws.ssm.delete_parameters().set_names(Some(names.to_vec()));
    call.send().await.named("ssm:DeleteParameters").map(drop)
}

/// Removes one of the names that were denied together; `is_one_of_several` where it was not alone among them.
async fn delete_alone(aws: &Aws, name: &String, denied: &CallError, is_one_of_several: bool) -> Result<(), CallError> {
    let names = std::slice::from_ref(name);
    let error = if is_one_of_several {
        match delete_at_once(aws, names).await {
            Err(error) if error.class == Class::Denied => error,
            answer => return answer,
        }
    } else {
        denied.clone()
    };
    let call = aws.ssm.get_parameters().set_names(Some(names.to_vec()));
    let is_there = !call.send().await.named("ssm:GetParameters")?.parameters().is_empty();
    if is_there { Err(error) } else { Ok(()) }
}

/// The parameters that hold whole sets, ten a call: in a region with many environments one for each is all that is
/// cheap enough to be read in every sweep.
async fn read_whole_sets(aws: &Aws, fleet: &Fleet) -> Result<Vec<(Home, Parameter)>, CallError> {
    let chunks: Vec<&[String]> = fleet.environments.chunks(PARAMETERS_A_CALL).collect();
    let mut found = Vec::with_capacity(fleet.environments.len());
    for at_once in chunks.chunks(READS_AT_ONCE) {
        let reads = at_once.iter().map(|environments| read_some_whole_sets(aws, &fleet.export_prefix, environments));
        found.extend(try_join_all(reads).await?.into_iter().flatten());
    }
    Ok(found)
}

async fn read_some_whole_sets(
    aws: &Aws,
    prefix: &str,
    environments: &[String],
) -> Result<Vec<(Home, Parameter)>, CallError> {
    let name = |environment: &String| format!("{prefix}/{environment}/{}", Export::WHOLE);
    let call = aws.ssm.get_parameters().set_names(Some(environments.iter().map(name).collect()));
    let answer = call.send().await.named("ssm:GetParameters")?;
    let found = environments.iter().filter_map(|environment| {
        let name = name(environment);
        let found = answer.parameters().iter().find(|parameter| parameter.name() == Some(&name))?;
        let parameter_type = found.r#type().map(|kind| kind.as_str().to_owned()).unwrap_or_default();
        let seen = Parameter { parameter_type, value: found.value()?.to_owned(), tags: None, name };
        Some((Home::Environment(environment.clone()), seen))
    });
    Ok(found.collect())
}

/// The tags that the parameter of an export must carry.
fn tags_of(subject: &Subject, export: &str) -> Tags {
    let mut tags = subject.shared_tags.clone();
    tags.insert(NAME.to_owned(), format!("{}-{export}", subject.owner.environment));
    tags
}

/// The names of the parameters under `path` that carry the tags that they must. SSM tells the tags of one parameter a
/// call, but which parameters carry given tags it tells of all at once; those of the others are asked for one by one.
async fn read_tagged(aws: &Aws, subject: &Subject, path: &str) -> Result<BTreeSet<String>, CallError> {
    let asked = tags_to_ask_for(subject).unwrap_or_default();
    let found = try_join_all(asked.iter().map(|tags| carrying(aws, path, tags))).await?;
    Ok(found.into_iter().reduce(|all, some| &all & &some).unwrap_or_default())
}

/// A tag, and the values that it may have.
type Asked = (String, Vec<String>);

/// The tags that every parameter of an environment must carry, as many in one piece as one call is asked for; `None`
/// where there are some that SSM cannot be asked for: a filter takes no empty value.
fn tags_to_ask_for(subject: &Subject) -> Option<Vec<Vec<Asked>>> {
    let owner = subject.owner.tags();
    let names = export_names().map(|export| format!("{}-{export}", subject.owner.environment));
    let mut tags = vec![(NAME.to_owned(), names.collect::<Vec<String>>())];
    tags.extend(owner.iter().map(|(key, value)| (key.clone(), vec![value.clone()])));
    let others = subject.shared_tags.iter().filter(|(key, _)| !owner.contains_key(*key));
    tags.extend(others.map(|(key, value)| (key.clone(), vec![value.clone()])));
    let is_empty = tags.iter().any(|(_, values)| values.iter().any(String::is_empty));
    // One filter is for the path.
    (!is_empty).then(|| tags.chunks(FILTERS_OF_PARAMETERS - 1).map(<[Asked]>::to_vec).collect())
}

/// The names of the parameters under `path` that carry all of `tags`.
async fn carrying(aws: &Aws, path: &str, tags: &[Asked]) -> Result<BTreeSet<String>, CallError> {
    const ACTION: &str = "ssm:DescribeParameters";
    /// The most parameters in a page.
    const PAGE: i32 = 50;
    let filter = |key: String, values: Vec<String>| {
        let filter = ParameterStringFilter::builder().key(key).set_values(Some(values)).build();
        filter.map_err(|error| CallError::unsendable(ACTION, &error))
    };
    let mut filters = vec![filter("Path".to_owned(), vec![path.to_owned()])?];
    for (key, values) in tags {
        filters.push(filter(format!("tag:{key}"), values.clone())?);
    }
    let pages =
        aws.ssm.describe_parameters().set_parameter_filters(Some(filters)).max_results(PAGE).into_paginator().send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.named(ACTION)?;
    let found = pages.into_iter().flat_map(|page| page.parameters.unwrap_or_default());
    Ok(found.filter_map(|parameter| parameter.name).collect())
}

async fn read_tags(aws: &Aws, name: String) -> Result<Option<Tags>, CallError> {
    let call = aws.ssm.list_tags_for_resource().resource_type(ResourceTypeForTagging::Parameter).resource_id(name);
    let answer = iam::found(call.send().await.named("ssm:ListTagsForResource"))?;
    Ok(answer
        .map(|answer| answer.tag_list().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()))
}

fn to_tags(action: &'static str, tags: &Tags) -> Result<Vec<Tag>, CallError> {
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    tags.collect::<Result<_, _>>().map_err(|error| CallError::unsendable(action, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::KnownVpc;

    fn subject(tags: &[(&str, &str)]) -> Subject {
        let owner = Owner { environment: "fraud-v3".to_owned(), installation: "ringfence".to_owned() };
        let mut shared_tags = owner.tags();
        shared_tags.extend(tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        Subject {
            owner,
            shared_tags,
            region: "us-east-1".to_owned(),
            export_prefix: "/ringfence".to_owned(),
            gateway_services: Vec::new(),
            interface_services: Vec::new(),
            ssh_prefix_lists: Vec::new(),
            options: Vec::new(),
            shares_flow_log_role: false,
            vpc: KnownVpc::Unknown,
        }
    }

    #[test]
    fn tags_are_asked_for_in_small_pieces_and_no_empty_value_is() {
        let few = tags_to_ask_for(&subject(&[])).unwrap();
        assert_eq!(few.len(), 1, "{few:?}");
        let keys: Vec<String> = (0..46).map(|number| format!("key-{number}")).collect();
        let tags: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "value")).collect();
        let many = tags_to_ask_for(&subject(&tags)).unwrap();
        assert!(many.iter().all(|piece| piece.len() < FILTERS_OF_PARAMETERS));
        let asked: BTreeSet<String> = many.into_iter().flatten().map(|(key, _)| key).collect();
        let wanted = subject(&tags).shared_tags.into_keys().chain([NAME.to_owned()]);
        assert_eq!(asked, wanted.collect());
        assert_eq!(tags_to_ask_for(&subject(&[("team", "")])), None);
    }
}
