//! The evaluator agrees with a walk of every packet, over random small networks.

use std::net::IpAddr;

use proptest::prelude::*;

use super::super::CheckName;
use super::fixture::Environment;
use super::random::environment;
use super::walker::{everything, hosts, replies, tcp};
use ringfence_observed::{Direction, Protocol, Source, Subnet};

impl Environment {
    fn subnets_like(&self, beginning: &str) -> Vec<&Subnet> {
        self.observed.subnets.iter().filter(|subnet| subnet.id.starts_with(beginning)).collect()
    }

    /// Whether the training group has a rule for all traffic to and from itself, which no block replaces.
    fn refers_to_itself(&self) -> bool {
        [Direction::Ingress, Direction::Egress].into_iter().all(|direction| {
            self.observed.security_groups[0].rules.iter().any(|rule| {
                rule.direction == direction
                    && rule.protocol == Protocol::All
                    && rule.source == Source::Group("sg-training".to_owned())
            })
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_reaches_out_when_no_packet_does(environment in environment()) {
        let check = environment.check(CheckName::NothingReachesOut);
        prop_assert_eq!(check.holds, !environment.walks_out(), "{}", check.because);
    }

    #[test]
    fn nothing_reaches_in_when_no_packet_does(environment in environment()) {
        let check = environment.check(CheckName::NothingReachesIn);
        prop_assert_eq!(check.holds, !environment.walks_in(), "{}", check.because);
    }

    #[test]
    fn a_group_is_open_when_it_lets_the_world_pass(environment in environment()) {
        let own = |groups: &[&str]| groups.iter().all(|group| *group != "sg-foreign");
        let opened = environment.opens(Direction::Ingress, |_| true) || environment.opens(Direction::Egress, own);
        let check = environment.check(CheckName::NoOpenGroup);
        prop_assert!(check.required);
        prop_assert_eq!(check.holds, !opened, "{}", check.because);
        let foreign = environment.opens(Direction::Egress, |groups| !own(groups));
        let check = environment.check(CheckName::NoForeignOpenEgress);
        prop_assert!(!check.required);
        prop_assert_eq!(check.holds, !foreign, "{}", check.because);
    }

    #[test]
    fn training_reaches_training_when_every_packet_does(environment in environment()) {
        let check = environment.check(CheckName::TrainingReachesTraining);
        let training = environment.subnets_like("subnet-training");
        let targets: Vec<_> = training.iter().flat_map(|subnet| hosts(subnet)).collect();
        let (from, to) = ((training.as_slice(), "sg-training"), (targets.as_slice(), "sg-training"));
        let walked = environment.connects(from, to, &everything(), &everything());
        prop_assert_eq!(check.holds, walked && environment.refers_to_itself(), "{}", check.because);
    }

    #[test]
    fn training_reaches_services_when_every_packet_and_its_reply_does(environment in environment()) {
        let check = environment.check(CheckName::TrainingReachesServices);
        let (training, services) =
            (environment.subnets_like("subnet-training"), environment.subnets_like("subnet-services"));
        let targets: Vec<_> = services.iter().flat_map(|subnet| hosts(subnet)).collect();
        let (from, to) = ((training.as_slice(), "sg-training"), (targets.as_slice(), "sg-services"));
        let walked = environment.connects(from, to, &[tcp(443)], &replies());
        prop_assert_eq!(check.holds, walked, "{}", check.because);
    }

    #[test]
    fn endpoints_are_reachable_when_every_packet_and_its_reply_is(environment in environment()) {
        let check = environment.check(CheckName::EndpointsReachable);
        let services = environment.subnets_like("subnet-services");
        let services: Vec<(&Subnet, IpAddr)> =
            services.iter().map(|subnet| (*subnet, IpAddr::from([10, 0, 0, 9]))).collect();
        let walked = [("subnet-training", "sg-training"), ("subnet-services", "sg-services")].iter().all(
            |(subnets, group)| {
                let from = environment.subnets_like(subnets);
                let (from, to) = ((from.as_slice(), *group), (services.as_slice(), "sg-services"));
                environment.connects(from, to, &[tcp(443)], &replies())
            },
        );
        prop_assert_eq!(check.holds, walked, "{}", check.because);
    }
}
