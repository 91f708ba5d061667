//! What stands in the VPC and belongs to no tier, whoever made it.

use super::area::{Area, PADDING};
use super::card::{Card, grid};
use super::hand::Hand;
use super::inventory::{Stranger, View};
use super::paint::Tone;
use super::sheet::{Edge, Sheet};
use super::tier::{HEADING, band};

/// Draws it; the answer is where it ends, and `None` where there is nothing to draw.
pub(super) fn draw(sheet: &mut Sheet, view: &View<'_>, (x, y): (i32, i32), width: i32) -> Option<i32> {
    let mut cards: Vec<_> = view.inventory.strangers.iter().map(|stranger| card(view, stranger)).collect();
    cards.extend(interfaces(view));
    if cards.is_empty() {
        return None;
    }
    let mut content = Sheet::new();
    let end = grid(&mut content, &cards, (x + PADDING, y + HEADING), width - 2 * PADDING, 4);
    let area = Area { x, y, width, height: end + PADDING - y };
    band(sheet, area, "Not of the environment", "what else AWS reports in this VPC", Edge::Dashed);
    sheet.add(content);
    Some(area.bottom())
}

fn card(view: &View<'_>, stranger: &Stranger<'_>) -> Card {
    let mark = view.marks.resource(stranger.id);
    let mark = match (stranger.is_own, stranger.is_bad) {
        (false, true) => mark.and_bad("it was not made by Ringfence"),
        // Of what the proof does not object to, no more is said than that it is there.
        _ if mark.tone == Tone::Good => super::marks::Mark::of(Tone::Plain),
        _ => mark,
    };
    let whose = if stranger.is_own { "left by an interrupted step" } else { "not Ringfence's" };
    Card::new(stranger.what, mark)
        .line(Hand::Code, stranger.id)
        .line(Hand::Small, stranger.name.trim())
        .line(Hand::Small, whose)
        .details(stranger.details.clone())
        .dashed()
}

/// The network interfaces that a check objects to: all others are only counted, in their subnets.
fn interfaces(view: &View<'_>) -> Vec<Card> {
    let interfaces = view.observed().interfaces.iter();
    let marked = interfaces.map(|interface| (interface, view.marks.resource(&interface.id)));
    let objectionable = marked.filter(|(_, mark)| !mark.checks.is_empty());
    objectionable
        .map(|(interface, mark)| {
            let address = interface.public_ip.map(|address| format!("public address {address}")).unwrap_or_default();
            Card::new("Network interface", mark)
                .line(Hand::Code, interface.id.as_str())
                .line(Hand::Small, interface.interface_type.as_str())
                .line(Hand::Small, address)
                .details(vec![format!("in {}", interface.subnet), interface.description.clone()])
                .dashed()
        })
        .collect()
}
