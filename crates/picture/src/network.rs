//! The VPC with all that stands in it.

use super::area::{Area, BREAK, NETWORK, PADDING};
use super::arrows::{Heads, arrow};
use super::card::{Card, grid};
use super::hand::Hand;
use super::inventory::View;
use super::marks::Mark;
use super::paint::{Paint, Tone};
use super::sheet::{Edge, Sheet};
use super::tier::{self, HEADING, band, or_absent};
use super::{strangers, traffic, words};
use ringfence_observed::{Vpc, VpcEndpoint};
use ringfence_proof::CheckName;

/// The room for what the VPC is.
const ABOVE: i32 = 64;
/// The room at the right edge for the arrow past the services tier.
const GUTTER: i32 = 124;
/// The room between two tiers for an arrow.
const BETWEEN: i32 = 56;
/// From the left edge of a band to the arrows between bands.
const ARROW: i32 = 40;

/// The checks that hold when both tiers reach the endpoints.
const ENDPOINTS: [CheckName; 2] = [CheckName::EndpointsReachable, CheckName::GatewayEndpointsRouted];

/// Where the VPC stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anchors {
    /// The VPC's frame.
    pub(super) frame: Area,
    /// The training tier.
    pub(super) training: Area,
}

/// Draws the VPC from `top` on.
pub(super) fn draw(sheet: &mut Sheet, view: &View<'_>, vpc: &Vpc, top: i32) -> Anchors {
    let (x, width) = (NETWORK.0 + 20, NETWORK.1 - 40);
    let mut content = Sheet::new();
    let inventory = &view.inventory;
    let training = tier::draw(&mut content, view, &inventory.training, (x, top + ABOVE), width - GUTTER);
    let services = (x, training.bottom() + BETWEEN);
    let services = tier::draw(&mut content, view, &inventory.services, services, width - GUTTER);
    let endpoints = endpoints(&mut content, view, (x, services.bottom() + BETWEEN), width);
    ways_inside(&mut content, view, training, services, endpoints);
    let mut end = defaults(&mut content, view, (x, endpoints.bottom() + BREAK), width);
    end = strangers::draw(&mut content, view, (x, end + BREAK), width).unwrap_or(end);
    let frame = Area { x: NETWORK.0, y: top, width: NETWORK.1, height: end + 20 - top };
    outline(sheet, view, vpc, frame);
    sheet.add(content);
    Anchors { frame, training }
}

fn outline(sheet: &mut Sheet, view: &View<'_>, vpc: &Vpc, frame: Area) {
    let tone = match view.scene.isolation {
        None => Tone::Plain,
        Some(isolation) if isolation.isolated => Tone::Good,
        Some(_) => Tone::Bad,
    };
    let mut outline = Sheet::new();
    outline.rectangle(frame, 14, Paint::Line(tone), Edge::Solid);
    outline.sign((frame.x + 31, frame.y + 27), tone);
    let blocks = std::iter::once(vpc.cidr.to_string())
        .chain(vpc.secondary_cidrs.iter().map(ToString::to_string))
        .chain(vpc.ipv6_cidrs.iter().map(ToString::to_string));
    let blocks = blocks.collect::<Vec<_>>().join(", ");
    let left = frame.x + 46;
    outline.letters((left, frame.y + 32), Hand::Heading, Paint::Ink, "VPC", 50);
    outline.letters((left + 50, frame.y + 32), Hand::StrongCode, Paint::Ink, &blocks, frame.width - 130);
    let zones = &view.inventory.zones;
    let zones = if zones.is_empty() { "no subnets yet".to_owned() } else { format!("zones {}", zones.join(", ")) };
    let about = format!("{} · {zones}", vpc.id);
    outline.letters((left, frame.y + 52), Hand::Code, Paint::Faint, &about, frame.width - 80);
    sheet.add(outline);
}

/// Draws the endpoints with their group.
fn endpoints(sheet: &mut Sheet, view: &View<'_>, (x, y): (i32, i32), width: i32) -> Area {
    let inventory = &view.inventory;
    let mut cards: Vec<_> = inventory.endpoints.iter().map(|endpoint| card(view, endpoint)).collect();
    let group = inventory.endpoints_group.map(|group| {
        Card::new("Security group", view.marks.resource(&group.id))
            .line(Hand::Code, group.id.as_str())
            .line(Hand::Small, words::rule_counts(group))
            .details(words::rules(group))
    });
    cards.push(or_absent(group, "No security group"));
    let mut content = Sheet::new();
    let end = grid(&mut content, &cards, (x + PADDING, y + HEADING), width - 2 * PADDING, 4);
    let area = Area { x, y, width, height: end + PADDING - y };
    let about = match inventory.endpoints.len() {
        0 => "none: nothing leads to AWS services".to_owned(),
        1 => "1 AWS service, reached without leaving the network".to_owned(),
        many => format!("{many} endpoints of AWS services, reached without leaving the network"),
    };
    band(sheet, area, "Endpoints", &about, Edge::Solid);
    sheet.add(content);
    area
}

fn card(view: &View<'_>, endpoint: &VpcEndpoint) -> Card {
    let (mark, is_own) = (view.marks.resource(&endpoint.id), view.owns(&endpoint.tags));
    let mark = if is_own { mark } else { mark.and_bad("it was not made by Ringfence") };
    let about = format!("{} · {}", words::endpoint_type(endpoint), endpoint.state);
    let card = Card::new(words::service(&endpoint.service_name), mark)
        .line(Hand::Code, endpoint.id.as_str())
        .line(Hand::Small, if is_own { about } else { format!("{about} · not Ringfence's") })
        .details(vec![endpoint.service_name.clone(), format!("in {}", endpoint.subnets.join(", "))]);
    if is_own { card } else { card.dashed() }
}

/// The arrows between the tiers and to the endpoints.
fn ways_inside(sheet: &mut Sheet, view: &View<'_>, training: Area, services: Area, endpoints: Area) {
    let inventory = &view.inventory;
    let down = |from: Area, to: Area| [(from.x + ARROW, from.bottom()), (from.x + ARROW, to.y)];
    let to_services = view.marks.checks(&[CheckName::TrainingReachesServices]);
    let room = training.width - ARROW;
    way(
        sheet,
        &down(training, services),
        &to_services,
        "training → services",
        &traffic::training_to_services(view),
        room,
    );
    if inventory.endpoints.is_empty() {
        return;
    }
    let to_endpoints = view.marks.checks(&ENDPOINTS);
    let by_services = traffic::to_endpoints(view, inventory.services.group);
    way(sheet, &down(services, endpoints), &to_endpoints, "services → endpoints", &by_services, room);
    let beside = training.right() + 32;
    let past = [(training.right(), training.y + 60), (beside, training.y + 60), (beside, endpoints.y)];
    let by_training = traffic::to_endpoints(view, inventory.training.group);
    way(sheet, &past, &to_endpoints, "training → endpoints", &by_training, GUTTER - 36);
}

/// An arrow with what may go along it; a broken line where that is nothing.
fn way(sheet: &mut Sheet, points: &[(i32, i32)], mark: &Mark, who: &str, traffic: &str, room: i32) {
    let said = if traffic.is_empty() { "nothing" } else { traffic };
    let mut title = vec![format!("{who}: {said} ({})", mark.tone.words())];
    title.extend(mark.reasons.iter().cloned());
    let mut way = Sheet::titled(&title.join("\n"));
    if traffic.is_empty() {
        way.line(points, Paint::Line(mark.tone), Edge::Dashed);
    } else {
        arrow(&mut way, points, mark.tone, Heads::Last);
    }
    if let [.., (x, from), (_, to)] = points {
        let middle = i32::midpoint(*from, *to);
        way.sign((x + 17, middle), mark.tone);
        way.letters((x + 30, middle + 4), Hand::Code, Paint::Letters(mark.tone), said, room - 34);
        way.letters((x + 10, middle + 22), Hand::Small, Paint::Faint, if room < GUTTER { "" } else { who }, room - 14);
    }
    sheet.add(way);
}

/// Draws what AWS made with the VPC.
fn defaults(sheet: &mut Sheet, view: &View<'_>, (x, y): (i32, i32), width: i32) -> i32 {
    let inventory = &view.inventory;
    let table = inventory.main_table.map(|table| {
        Card::new("Main route table", view.marks.resource(&table.id))
            .line(Hand::Code, table.id.as_str())
            .line(Hand::Small, words::targets(table, &inventory.endpoints))
            .details(words::routes(table))
    });
    let acl = inventory.default_acl.map(|acl| {
        Card::new("Default network ACL", view.marks.resource(&acl.id))
            .line(Hand::Code, acl.id.as_str())
            .line(Hand::Small, words::entry_counts(acl))
            .details(words::entries(acl))
    });
    let group = inventory.default_group.map(|group| {
        Card::new("Default security group", view.marks.resource(&group.id))
            .line(Hand::Code, group.id.as_str())
            .line(Hand::Small, words::rule_counts(group))
            .details(words::rules(group))
    });
    let cards: Vec<_> = [table, acl, group].into_iter().flatten().collect();
    let mut content = Sheet::new();
    let end = grid(&mut content, &cards, (x + PADDING, y + HEADING), width - 2 * PADDING, 3);
    let area = Area { x, y, width, height: end + PADDING - y };
    band(sheet, area, "Defaults", "what AWS made with the VPC", Edge::Solid);
    sheet.add(content);
    area.bottom()
}
