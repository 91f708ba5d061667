//! What belongs to the environment and stands beside its network: roles, logs, what it publishes.

use super::area::NETWORK;
use super::card::{Card, grid};
use super::hand::Hand;
use super::inventory::View;
use super::marks::Mark;
use super::paint::{Paint, Tone};
use super::sheet::Sheet;

/// Draws it; the answer is where it ends.
pub(super) fn draw(sheet: &mut Sheet, view: &View<'_>, top: i32) -> i32 {
    let cards = cards(view);
    if cards.is_empty() {
        return top;
    }
    let (x, width) = NETWORK;
    sheet.letters((x, top + 15), Hand::Heading, Paint::Ink, "Beside the network", width);
    grid(sheet, &cards, (x, top + 30), width, 4)
}

fn cards(view: &View<'_>) -> Vec<Card> {
    let (observed, marks) = (view.observed(), view.marks);
    let mut cards = Vec::new();
    for role in &observed.roles {
        cards.push(
            Card::new("IAM role", marks.resource(&role.name))
                .line(Hand::Code, role.name.as_str())
                .details(vec![role.arn.clone()]),
        );
    }
    for profile in &observed.instance_profiles {
        let card = Card::new("Instance profile", marks.resource(&profile.name)).line(Hand::Code, profile.name.as_str());
        cards.push(card.details(vec![format!("holds {}", profile.roles.join(", "))]));
    }
    for log in &observed.flow_logs {
        let about = format!("{} traffic to {}", log.traffic_type, log.log_group);
        cards.push(
            Card::new("Flow log", marks.resource(&log.id)).line(Hand::Code, log.id.as_str()).details(vec![about]),
        );
    }
    for group in &observed.log_groups {
        cards.push(Card::new("Log group", marks.resource(&group.name)).line(Hand::Code, group.name.as_str()));
    }
    for spare in &observed.spare_vpcs {
        let mark = Mark::of(Tone::Notice);
        let about = vec!["left by a creation whose answer was lost; it is removed when it is empty".to_owned()];
        cards.push(Card::new("Spare VPC", mark).line(Hand::Code, spare.id.as_str()).details(about));
    }
    if !observed.parameters.is_empty() {
        let names = observed.parameters.iter().map(|parameter| parameter.name.clone()).collect();
        let count = format!("{} SSM parameters", observed.parameters.len());
        cards.push(Card::new("Published", Mark::of(Tone::Plain)).line(Hand::Code, count).details(names));
    }
    cards
}
