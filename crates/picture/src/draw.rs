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
pub fn draw(scene: &Scene<'_>) -> String {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use ringfence_model::{stack::Owner, status::Status};
    use ringfence_observed::{Observed, SecurityGroup, Tags, Vpc, VpcEndpoint, VpcEndpointType};
    use ringfence_proof::{Check, CheckName, Isolation};

    fn observed() -> Observed {
        let vpc = Vpc {
            id: "vpc-1".to_owned(),
            cidr: "10.42.0.0/16".parse().unwrap(),
            secondary_cidrs: Vec::new(),
            ipv6_cidrs: Vec::new(),
            dns_support: None,
            dns_hostnames: None,
            tags: Tags::new(),
        };
        Observed { vpc: Some(vpc), ..Observed::default() }
    }

    fn drawn(observed: &Observed, isolation: Option<&Isolation>) -> String {
        draw(&Scene {
            environment: &"fraud-v3".parse().unwrap(),
            status: Status::Exposed,
            error: None,
            owner: &Owner { environment: "fraud-v3".to_owned(), installation: "ringfence".to_owned() },
            attachments: &[],
            observed,
            isolation,
        })
    }

    fn group(name: &str) -> SecurityGroup {
        let (id, name) = ("sg-1".to_owned(), name.to_owned());
        SecurityGroup { id, name, description: String::new(), rules: Vec::new(), tags: Tags::new() }
    }

    fn failing(because: &str) -> Isolation {
        let because = because.to_owned();
        Isolation::of(vec![Check { check: CheckName::NoOpenGroup, required: true, holds: false, because }])
    }

    #[test]
    fn without_a_vpc_it_says_so_and_draws_none() {
        let picture = drawn(&Observed::default(), None);
        assert!(picture.starts_with("<svg") && picture.contains("AWS reports no VPC of this environment"));
        assert!(!picture.contains(">Training<"));
    }

    #[test]
    fn a_picture_never_grows_less_than_its_endpoints_need() {
        let mut observed = observed();
        let height = |picture: &str| -> i32 {
            let view_box = picture.split("viewBox=\"").nth(1).unwrap().split('"').next().unwrap();
            view_box.split(' ').nth(3).unwrap().parse().unwrap()
        };
        let before = height(&drawn(&observed, None));
        observed.endpoints.extend((0..50).map(|number| VpcEndpoint {
            id: format!("vpce-{number}"),
            service_name: format!("com.amazonaws.us-east-1.service-{number}"),
            endpoint_type: VpcEndpointType::Interface,
            state: "available".to_owned(),
            last_error: None,
            policy: String::new(),
            route_tables: Vec::new(),
            subnets: Vec::new(),
            security_groups: Vec::new(),
            interfaces: Vec::new(),
            private_dns: true,
            tags: Tags::new(),
        }));
        let picture = drawn(&observed, None);
        assert!(height(&picture) > before + 500);
        assert!((0..50).all(|number| picture.contains(&format!(">service-{number}<"))));
    }

    proptest! {
        #[test]
        fn no_name_and_no_reason_breaks_out_of_its_text(name in any::<String>(), because in any::<String>()) {
            let mut observed = observed();
            observed.security_groups.push(group(&format!("{name}<script>&\"'{name}")));
            let picture = drawn(&observed, Some(&failing(&format!("sg-1 {because}<script>{because}"))));
            prop_assert!(!picture.contains("<script"));
            let forbidden = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{ffff}';
            prop_assert!(!picture.contains(forbidden));
            prop_assert_eq!(&picture, &drawn(&observed, Some(&failing(&format!("sg-1 {because}<script>{because}")))));
        }
    }
}
