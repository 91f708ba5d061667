//! A tier: its subnets by zone, and what guards them.

use super::area::{Area, GAP, PADDING, count};
use super::arrows::{Heads, arrow};
use super::card::{Card, grid};
use super::hand::Hand;
use super::inventory::{TierParts, View};
use super::marks::Mark;
use super::paint::{Paint, Tone};
use super::sheet::{Edge, Sheet};
use super::{traffic, words};
use ringfence_model::stack::Tier;
use ringfence_observed::Subnet;
use ringfence_proof::CheckName;

/// The room for the heading of a band.
pub(super) const HEADING: i32 = 42;
/// The room for the arrow between training hosts.
const AMONG_HOSTS: i32 = 40;

/// Draws a tier into a band of this place and width; the answer is the whole band.
pub(super) fn draw(sheet: &mut Sheet, view: &View<'_>, parts: &TierParts<'_>, (x, y): (i32, i32), width: i32) -> Area {
    let (inside, inner) = (x + PADDING, width - 2 * PADDING);
    let mut content = Sheet::new();
    let mut end = subnets(&mut content, view, parts, (inside, y + HEADING), inner);
    if parts.tier == Tier::Training && !parts.subnets.is_empty() {
        among_hosts(&mut content, view, (inside, end), inner);
        end += AMONG_HOSTS;
    }
    end = grid(&mut content, &guards(view, parts), (inside, end + GAP), inner, 3);
    let area = Area { x, y, width, height: end + PADDING - y };
    let (heading, about) = match parts.tier {
        Tier::Training => ("Training", "where training hosts run"),
        Tier::Services => ("Services", "what training hosts use"),
    };
    band(sheet, area, heading, about, Edge::Solid);
    sheet.add(content);
    area
}

/// What a part of the VPC stands on, with its heading.
pub(super) fn band(sheet: &mut Sheet, area: Area, heading: &str, about: &str, edge: Edge) {
    sheet.rectangle(area, 10, Paint::Ground, edge);
    let (x, y) = (area.x + PADDING, area.y + 27);
    sheet.letters((x, y), Hand::Heading, Paint::Ink, heading, area.width - 2 * PADDING);
    let after = x + Hand::Heading.width(heading) + GAP;
    sheet.letters((after, y), Hand::Small, Paint::Faint, about, area.right() - PADDING - after);
}

/// Draws the subnets in a column for each zone; where one zone has several, below each other.
fn subnets(sheet: &mut Sheet, view: &View<'_>, parts: &TierParts<'_>, (x, y): (i32, i32), width: i32) -> i32 {
    if parts.subnets.is_empty() {
        let absent = Card::new("No subnet", Mark::of(Tone::Plain)).line(Hand::Small, "AWS reports none").dashed();
        return grid(sheet, &[absent], (x, y), width, 3);
    }
    let zones = &view.inventory.zones;
    let each = (width - GAP * (count(zones.len()) - 1)) / count(zones.len()).max(1);
    let mut end = y;
    for (column, zone) in (0..).zip(zones) {
        let of_zone = parts.subnets.iter().filter(|subnet| subnet.zone == **zone);
        let cards: Vec<_> = of_zone.map(|subnet| card(view, subnet)).collect();
        end = end.max(grid(sheet, &cards, (x + column * (each + GAP), y), each, 1));
    }
    end
}

fn card(view: &View<'_>, subnet: &Subnet) -> Card {
    let observed = view.observed();
    let table = observed.route_tables.iter().find(|table| table.associations.iter().any(|one| one.subnet == subnet.id));
    let acl = observed.network_acls.iter().find(|acl| acl.associations.iter().any(|one| one.subnet == subnet.id));
    let interfaces: Vec<_> = observed.interfaces.iter().filter(|interface| interface.subnet == subnet.id).collect();
    let count = match interfaces.len() {
        0 => "no network interface in it".to_owned(),
        1 => "1 network interface in it".to_owned(),
        many => format!("{many} network interfaces in it"),
    };
    let seen = interfaces.iter().map(|interface| {
        let address = interface.private_ip.map(|address| address.to_string()).unwrap_or_default();
        format!("{} {address} {} {}", interface.id, interface.interface_type, interface.description)
    });
    Card::new(format!("Zone {}", subnet.zone), view.marks.resource(&subnet.id))
        .line(Hand::StrongCode, subnet.cidr.to_string())
        .line(Hand::Code, subnet.id.as_str())
        .line(Hand::Code, table.map_or("under the main route table", |table| table.id.as_str()))
        .line(Hand::Code, acl.map_or("under the default ACL", |acl| acl.id.as_str()))
        .line(Hand::Small, count)
        .details(seen.collect())
}

/// What guards a tier: its route table, its ACL and its group.
fn guards(view: &View<'_>, parts: &TierParts<'_>) -> Vec<Card> {
    let table = parts.table.map(|table| {
        Card::new("Route table", view.marks.resource(&table.id))
            .line(Hand::Code, table.id.as_str())
            .line(Hand::Small, words::targets(table, &view.inventory.endpoints))
            .details(words::routes(table))
    });
    let acl = parts.acl.map(|acl| {
        Card::new("Network ACL", view.marks.resource(&acl.id))
            .line(Hand::Code, acl.id.as_str())
            .line(Hand::Small, words::entry_counts(acl))
            .details(words::entries(acl))
    });
    let group = parts.group.map(|group| {
        Card::new("Security group", view.marks.resource(&group.id))
            .line(Hand::Code, group.id.as_str())
            .line(Hand::Small, words::rule_counts(group))
            .details(words::rules(group))
    });
    vec![or_absent(table, "No route table"), or_absent(acl, "No network ACL"), or_absent(group, "No security group")]
}

/// A card, or in its place one that says that there is nothing.
pub(super) fn or_absent(card: Option<Card>, absent: &str) -> Card {
    card.unwrap_or_else(|| {
        Card::new(absent, Mark::of(Tone::Plain)).line(Hand::Small, "AWS reports none of Ringfence's").dashed()
    })
}

/// The arrow between training hosts, across all zones.
fn among_hosts(sheet: &mut Sheet, view: &View<'_>, (x, y): (i32, i32), width: i32) {
    let mark = view.marks.checks(&[CheckName::TrainingReachesTraining]);
    let traffic = traffic::among_training(view);
    let label = if traffic.is_empty() {
        "training hosts do not reach each other".to_owned()
    } else {
        format!("{traffic} between training hosts, in and across zones")
    };
    let mut arrows = Sheet::titled(&label);
    if traffic.is_empty() {
        arrows.line(&[(x, y + 32), (x + width, y + 32)], Paint::Line(mark.tone), Edge::Dashed);
    } else {
        arrow(&mut arrows, &[(x, y + 32), (x + width, y + 32)], mark.tone, Heads::Both);
    }
    arrows.sign((x + 7, y + 17), mark.tone);
    arrows.letters((x + 20, y + 21), Hand::Small, Paint::Letters(mark.tone), &label, width - 20);
    sheet.add(arrows);
}
