//! How endpoints go: as many in a call as AWS takes, and waited for until they are gone.

use super::{Run, ec2, endpoint_seen::from_sdk};
use crate::aws::{CallError, Class, Named, limits};

/// Deleting takes minutes on AWS, while the interfaces still hold subnets and groups: nothing after it may start
/// before they are gone, so it is done only then.
pub(super) async fn delete(run: &Run<'_>, vpc: &str, ids: &[String]) -> Result<Option<String>, CallError> {
    for some in ids.chunks(limits::ENDPOINTS_A_DELETE) {
        match delete_some(run, some).await {
            // Which of them is not there, nobody said; the others are yet to go.
            Err(error) if error.class == Class::NotFound => {
                for one in some {
                    ec2::gone(delete_some(run, std::slice::from_ref(one)).await)?;
                }
            }
            answer => answer?,
        }
    }
    super::wait::until(run, || async {
        let pages = run.aws.ec2.describe_vpc_endpoints().filters(ec2::filter("vpc-id", vpc)).into_paginator();
        let found = pages.items().send().collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeVpcEndpoints")?;
        let found = found.iter().map(from_sdk).map(|(_, endpoint)| endpoint);
        let standing = found.filter(|endpoint| endpoint.state != "deleted" && ids.contains(&endpoint.id));
        let standing: Vec<String> = standing.map(|endpoint| format!("{} is {}", endpoint.id, endpoint.state)).collect();
        Ok((!standing.is_empty()).then(|| standing.join(", ")))
    })
    .await?;
    Ok(None)
}

async fn delete_some(run: &Run<'_>, ids: &[String]) -> Result<(), CallError> {
    const ACTION: &str = "ec2:DeleteVpcEndpoints";
    let call = run.aws.ec2.delete_vpc_endpoints().set_vpc_endpoint_ids(Some(ids.to_vec()));
    let answer = call.send().await.named(ACTION)?;
    for failed in answer.unsuccessful() {
        let error = failed.error();
        let code = error.and_then(|error| error.code()).unwrap_or_default();
        if !code.ends_with(".NotFound") {
            let message = error.and_then(|error| error.message()).unwrap_or_default();
            let resource = failed.resource_id().unwrap_or_default();
            return Err(CallError::answered(ACTION, code, format!("{resource}: {message}")));
        }
    }
    Ok(())
}
