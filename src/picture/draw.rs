//! The whole picture, from top to bottom.

use super::area::{BREAK, MARGIN, NETWORK};
use super::hand::Hand;
use super::inventory::View;
use super::paint::Paint;
use super::scene::Scene;
use super::sheet::Sheet;
use super::{beside, head, network, outside, proof, traffic, words};

/// Draws an environment as SVG.
#[must_use]
pub(crate) fn draw(scene: &Scene<'_>) -> String {
    let view = View::of(scene);
    let mut sheet = Sheet::new();
    let mut end = head::draw(&mut sheet, &view) + BREAK;
    match &scene.observed.vpc {
        Some(vpc) => {
            let anchors = network::draw(&mut sheet, &view, vpc, end);
            end = outside::draw(&mut sheet, &view, anchors).max(anchors.frame.bottom());
        }
        None => {
            let (x, width) = NETWORK;
            sheet.letters((x, end + 15), Hand::Heading, Paint::Faint, "AWS reports no VPC of this environment", width);
            end += 15;
        }
    }
    end = beside::draw(&mut sheet, &view, end + BREAK);
    end = proof::draw(&mut sheet, &view, end + BREAK);
    let title = format!("The environment {} as AWS reports it", scene.environment);
    sheet.into_picture(&title, &description(&view), end + MARGIN)
}

/// The picture in words, for those who do not see it.
fn description(view: &View<'_>) -> String {
    let (_, verdict) = head::verdict(view);
    let mut lines = vec![format!("{verdict}.")];
    for check in view.marks.failing().filter(|check| check.required) {
        lines.push(format!("{} does not hold: {}.", check.check, check.because));
    }
    let inventory = &view.inventory;
    let (training, services) = (inventory.training.subnets.len(), inventory.services.subnets.len());
    let zones = inventory.zones.join(", ");
    lines.push(format!("{training} training subnets and {services} services subnets in the zones {zones}."));
    lines.push(format!("Among training hosts: {}.", or_nothing(traffic::among_training(view))));
    lines.push(format!("From training to services: {}.", or_nothing(traffic::training_to_services(view))));
    lines.push(format!("Into training by SSH: {}.", or_nothing(traffic::ssh_sources(view).join(", "))));
    let endpoints = inventory.endpoints.iter().map(|endpoint| words::service(&endpoint.service_name));
    lines.push(format!("Endpoints: {}.", or_nothing(endpoints.collect::<Vec<_>>().join(", "))));
    lines.join("\n")
}

fn or_nothing(text: String) -> String {
    if text.is_empty() { "nothing".to_owned() } else { text }
}
