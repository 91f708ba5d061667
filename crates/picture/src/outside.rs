//! What stands outside the VPC: who may come in, and whether a way out was found.

use super::area::{Area, GAP, OUTSIDE};
use super::arrows::{Heads, arrow, barred};
use super::card::Card;
use super::hand::Hand;
use super::inventory::View;
use super::marks::Mark;
use super::network::Anchors;
use super::paint::{Paint, Tone};
use super::sheet::{Edge, Sheet};
use super::{traffic, words};
use ringfence_observed::Gateway;
use ringfence_proof::{CheckName, Standing};

/// The checks that keep everything in.
const OUT: [CheckName; 6] = [
    CheckName::NoRouteOut,
    CheckName::NoGateway,
    CheckName::NoBridgingInterface,
    CheckName::EndpointsKnown,
    CheckName::MainRouteTableLocal,
    CheckName::NothingReachesOut,
];
/// The checks that keep everything else out.
const IN: [CheckName; 3] = [CheckName::NothingReachesIn, CheckName::NoOpenGroup, CheckName::NoPublicAddresses];
/// The checks of SSH.
const SSH: [CheckName; 2] = [CheckName::SshOnlyAsAsked, CheckName::SshAsAsked];

/// Draws it beside the VPC; the answer is where it ends.
pub(super) fn draw(sheet: &mut Sheet, view: &View<'_>, anchors: Anchors) -> i32 {
    let mut end = ssh(sheet, view, anchors);
    end = world(sheet, view, anchors, end + 2 * GAP);
    for gateway in &view.inventory.gateways {
        end = attached(sheet, view, anchors, gateway, end + 2 * GAP);
    }
    end
}

/// Who may come in by SSH.
fn ssh(sheet: &mut Sheet, view: &View<'_>, anchors: Anchors) -> i32 {
    let (sources, mark) = (traffic::ssh_sources(view), view.marks.checks(&SSH));
    let tone = mark.tone;
    let card = if sources.is_empty() {
        Card::new("No SSH from outside", mark).line(Hand::Small, "the training group admits none")
    } else {
        let card = Card::new("SSH may come from", mark);
        sources.iter().fold(card, |card, source| card.line(Hand::Code, source.as_str()))
    };
    let area = beside(&card, anchors.training.y);
    card.draw(sheet, area);
    let y = area.y + 34;
    if sources.is_empty() {
        barred(sheet, (area.right(), y), (anchors.training.x, y), tone);
    } else {
        arrow(sheet, &[(area.right(), y), (anchors.training.x, y)], tone, Heads::Last);
        sheet.letters((area.right() + 14, y - 8), Hand::Code, Paint::Letters(tone), "TCP 22", 70);
    }
    area.bottom()
}

/// Everything else: shut in both directions, or not.
fn world(sheet: &mut Sheet, view: &View<'_>, anchors: Anchors, top: i32) -> i32 {
    let (out, into) = (view.marks.checks(&OUT), view.marks.checks(&IN));
    let tones = [out.tone, into.tone];
    let open = [(&out, "no way out found", "a way out"), (&into, "no way in found", "a way in")];
    let said = open.map(|(mark, shut, open)| match mark.tone {
        Tone::Bad => open,
        Tone::Plain => "not proved",
        _ => shut,
    });
    let mark = Mark {
        tone: out.tone.max(into.tone),
        checks: Vec::new(),
        reasons: out.reasons.iter().chain(&into.reasons).cloned().collect(),
    };
    let mut card = Card::new("The world outside", mark).line(Hand::Prose, said[0]).line(Hand::Prose, said[1]);
    for check in out.checks.iter().chain(&into.checks) {
        card = card.line(Hand::Code, check.as_str());
    }
    let area = beside(&card, top);
    card.draw(sheet, area);
    let (near, far) = (area.right(), anchors.frame.x);
    let [out_at, in_at] = [area.y + 22, area.y + 46];
    for (tone, from, to) in [(tones[0], (far, out_at), (near, out_at)), (tones[1], (near, in_at), (far, in_at))] {
        if tone == Tone::Bad {
            arrow(sheet, &[from, to], tone, Heads::Last);
        } else {
            barred(sheet, from, to, tone);
        }
    }
    area.bottom()
}

/// A gateway, connection or attachment; a broken line for what somebody outside merely asked for.
fn attached(sheet: &mut Sheet, view: &View<'_>, anchors: Anchors, gateway: &Gateway, top: i32) -> i32 {
    let attachments = view.scene.attachments;
    let is_named = attachments.iter().any(|id| *id == gateway.id || *id == gateway.route_target);
    let is_attached = Standing::of(gateway) == Standing::Attached;
    let mark = view.marks.resource(&gateway.id);
    let mark = match (is_named, is_attached) {
        (false, true) => mark.and_bad("it leads out of the VPC, and access.attachments does not name it"),
        _ => mark,
    };
    let tone = mark.tone;
    let mut card = Card::new(words::gateway(gateway.kind), mark)
        .line(Hand::Code, gateway.id.as_str())
        .line(Hand::Small, gateway.state.as_str())
        .line(
            Hand::Small,
            match (is_named, is_attached) {
                (true, _) => "named in access.attachments",
                (false, true) => "not Ringfence's",
                (false, false) => "asked for from outside",
            },
        );
    if !is_named {
        card = card.dashed();
    }
    let area = beside(&card, top);
    card.draw(sheet, area);
    let y = area.y + 34;
    let edge = if is_attached { Edge::Solid } else { Edge::Dashed };
    sheet.line(&[(area.right(), y), (anchors.frame.x, y)], Paint::Line(tone), edge);
    area.bottom()
}

fn beside(card: &Card, y: i32) -> Area {
    Area { x: OUTSIDE.0, y, width: OUTSIDE.1, height: card.height() }
}
