//! The event bus, and whether anybody there asks for what CloudTrail records.

use aws_sdk_eventbridge::types::RuleState;
use serde_json::Value;

use super::{
    commands::aws as aws_command,
    report::{CheckName, Examined, Finding},
};
use crate::aws::{CallError, Class, Named, OwnAws};

const CHECK: CheckName = CheckName::EventBus;
const TRAIL: CheckName = CheckName::Cloudtrail;

/// The `detail-type` of what CloudTrail records. It comes to the bus `default` alone, and only where a trail logs:
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html>
const DETAIL_TYPE: &str = "AWS API Call via CloudTrail";
const PATTERN: &str = r#"{"detail-type":["AWS API Call via CloudTrail"],"source":["aws.ec2","aws.iam","aws.ssm"]}"#;

/// Looks at the bus.
pub(super) async fn examine(own: &OwnAws, bus: &str) -> Examined {
    match own.events.describe_event_bus().name(bus).send().await.named("events:DescribeEventBus") {
        Ok(_) => Examined::default().saw(CHECK, format!("the event bus {bus} is there")),
        Err(error) if error.class == Class::NotFound => {
            let what = format!("there is no event bus {bus} in this account and region");
            let finding = Finding {
                check: CHECK,
                required: true,
                what: what.clone(),
                why: "what is asked for over HTTP is handed over on it, and what becomes of environments is announced there: both wait until it is there".to_owned(),
                mend: aws_command(["events", "create-event-bus", "--name", name_of(bus)]),
            };
            Examined::default().saw(CHECK, what).found([finding])
        }
        Err(error) => Examined::default().missed(CHECK, error.to_string()),
    }
}

/// Looks for a rule that asks for what CloudTrail records.
pub(super) async fn examine_trail(own: &OwnAws) -> Examined {
    match rules(own).await {
        Err(error) => Examined::default().missed(TRAIL, error.to_string()),
        Ok(names) if names.is_empty() => {
            let what = "no rule of the event bus default asks for what CloudTrail records".to_owned();
            let finding = Finding {
                check: TRAIL,
                required: false,
                what: format!("{what}. The rule needs a target beside it, and the account a trail that logs management events"),
                why: "a change that somebody makes by hand is then known when the next sweep comes, and not when it is made".to_owned(),
                mend: aws_command(["events", "put-rule", "--name", "ringfence-changes", "--event-pattern", PATTERN]),
            };
            Examined::default().saw(TRAIL, what).found([finding])
        }
        Ok(names) => {
            let seen = format!(
                "the event bus default has {} for what CloudTrail records; that a trail logs is not looked at",
                names.join(", ")
            );
            Examined::default().saw(TRAIL, seen)
        }
    }
}

/// The names of the rules that are on and ask for what CloudTrail records.
async fn rules(own: &OwnAws) -> Result<Vec<String>, CallError> {
    let mut names = Vec::new();
    let mut token = None;
    loop {
        let call = own.events.list_rules().event_bus_name("default").set_next_token(token);
        let page = call.send().await.named("events:ListRules")?;
        let asking = page.rules().iter().filter(|rule| rule.state() != Some(&RuleState::Disabled));
        let asking = asking.filter(|rule| rule.event_pattern().is_some_and(asks_for_it));
        names.extend(asking.filter_map(|rule| rule.name().map(ToOwned::to_owned)));
        token = page.next_token;
        if token.is_none() {
            return Ok(names);
        }
    }
}

fn asks_for_it(pattern: &str) -> bool {
    let pattern: Value = serde_json::from_str(pattern).unwrap_or_default();
    let asked = pattern.get("detail-type").and_then(Value::as_array);
    asked.is_some_and(|asked| asked.iter().any(|value| value == DETAIL_TYPE))
}

/// The name of a bus that is given by its name or ARN.
pub(super) fn name_of(bus: &str) -> &str {
    bus.strip_prefix("arn:").and_then(|_| bus.split_once(":event-bus/")).map_or(bus, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_that_is_put_is_one_that_is_found() {
        assert!(asks_for_it(PATTERN));
        assert!(!asks_for_it(r#"{"detail-type":["EC2 Instance State-change Notification"]}"#));
        assert!(!asks_for_it("not JSON"));
    }

    #[test]
    fn a_bus_has_a_name() {
        assert_eq!(name_of("default"), "default");
        assert_eq!(name_of("arn:aws:events:eu-central-1:123456789012:event-bus/acme/ml"), "acme/ml");
    }
}
