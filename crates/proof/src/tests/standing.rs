//! Every state of everything that may be attached to a VPC: what is there, what somebody outside merely asks for, and what
//! is gone. Who can bring a state about is said beside it, with the page that says so.
//!
//! The states are those of the API models (`VpcPeeringConnectionStateReasonCode`, `TransitGatewayAttachmentState`,
//! `AttachmentStatus`, `NatGatewayState`, `State`); `tests/proof/test_standing.py` goes through the models themselves.

use rstest::rstest;
use serde_json::json;

use super::super::CheckName::{EndpointsKnown, NoBridgingInterface, NoGateway, NoRequestFromOutside, NothingReachesIn};
use super::super::{Standing, Verdict, endpoint_stands};
use super::builders::{allow, from_block, tcp};
use super::documents::{bound, document};
use super::fixture::Environment;
use super::mistakes::{assert_caught, assert_told};
use ringfence_observed::GatewayKind::{EgressOnlyInternet, Internet, Nat, Peering, TransitAttachment, VirtualPrivate};
use ringfence_observed::{
    Direction, Gateway, GatewayKind, NetworkInterface, PortRange, Protocol, Requester, VpcEndpoint,
};

fn gateway(kind: GatewayKind, state: &str, requester: Option<Requester>) -> Gateway {
    let mut environment = Environment::healthy();
    let attached = environment.attach(kind, "gateway-1", "gateway-1");
    Gateway { state: state.to_owned(), requester, ..attached.clone() }
}

fn outsider() -> Option<Requester> {
    Some(Requester { account: "999999999999".to_owned(), is_foreign: true })
}

fn with(gateway: &Gateway) -> Environment {
    let mut environment = Environment::healthy();
    environment.observed.gateways.push(gateway.clone());
    environment
}

/// What the proof says of each way that a thing can stand.
fn assert_judged(gateway: &Gateway, standing: Standing) {
    assert_eq!(Standing::of(gateway), standing, "{gateway:?}");
    let environment = with(gateway);
    match standing {
        Standing::Attached => assert_caught(&environment, NoGateway, "gateway-1"),
        Standing::Requested | Standing::Closing => {
            assert_told(&environment, NoRequestFromOutside, "gateway-1");
            assert_told(&environment, NoRequestFromOutside, "account 999999999999");
        }
        Standing::Gone => {
            assert_eq!(environment.prove().verdict(), Verdict::Isolated);
            assert!(environment.check(NoRequestFromOutside).holds);
        }
    }
}

/// Where the other VPC's side asked. <https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html>
#[rstest]
#[case::by_anybody_who_knows_account_and_vpc("initiating-request", Standing::Requested)]
#[case::by_anybody_as_well("pending-acceptance", Standing::Requested)]
#[case::by_this_side_which_accepted("provisioning", Standing::Attached)]
#[case::by_this_side_which_had_accepted("active", Standing::Attached)]
#[case::by_either_side_and_by_an_outsider_of_a_mere_request("deleting", Standing::Closing)]
#[case::for_good("deleted", Standing::Gone)]
#[case::by_this_side_and_never_accepted_any_more("rejected", Standing::Gone)]
#[case::after_seven_days("expired", Standing::Gone)]
#[case::by_overlapping_blocks("failed", Standing::Gone)]
#[case::a_state_of_tomorrow("reconsidering", Standing::Attached)]
#[case::no_state("", Standing::Attached)]
fn a_peering_connection_that_others_asked_for(#[case] state: &str, #[case] standing: Standing) {
    assert_judged(&gateway(Peering, state, outsider()), standing);
}

/// Where this VPC's side asked, the other side alone opens it by accepting: it counts from the start.
#[rstest]
#[case("initiating-request", Standing::Attached)]
#[case("pending-acceptance", Standing::Attached)]
#[case("provisioning", Standing::Attached)]
#[case("active", Standing::Attached)]
#[case("deleting", Standing::Attached)]
#[case("deleted", Standing::Gone)]
#[case("rejected", Standing::Gone)]
#[case("expired", Standing::Gone)]
#[case("failed", Standing::Gone)]
fn a_peering_connection_that_this_side_asked_for(#[case] state: &str, #[case] standing: Standing) {
    assert_judged(&gateway(Peering, state, None), standing);
}

/// The owner of the VPC attaches it, and the owner of a shared transit gateway accepts: whatever the state, this side
/// has done all that it has to do. <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html>
#[rstest]
#[case("initiating", Standing::Attached)]
#[case("initiatingRequest", Standing::Attached)]
#[case::accepted_by_the_gateways_owner_alone("pendingAcceptance", Standing::Attached)]
#[case("rollingBack", Standing::Attached)]
#[case("pending", Standing::Attached)]
#[case("available", Standing::Attached)]
#[case("modifying", Standing::Attached)]
#[case("deleting", Standing::Attached)]
#[case("deleted", Standing::Gone)]
#[case("failed", Standing::Gone)]
#[case("rejected", Standing::Gone)]
#[case("rejecting", Standing::Attached)]
#[case("failing", Standing::Attached)]
fn a_transit_gateway_attachment(#[case] state: &str, #[case] standing: Standing) {
    assert_judged(&gateway(TransitAttachment, state, None), standing);
}

/// All of this account's own making: <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html>,
/// <https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html>,
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachVpnGateway.html>. Of an internet gateway AWS says
/// `available` while it is attached, and nothing otherwise
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InternetGatewayAttachment.html>); what nobody says
/// counts.
#[rstest]
#[case("attaching", Standing::Attached)]
#[case("attached", Standing::Attached)]
#[case("available", Standing::Attached)]
#[case("detaching", Standing::Attached)]
#[case("detached", Standing::Gone)]
#[case("", Standing::Attached)]
fn what_is_attached_by_its_id(
    #[values(Internet, EgressOnlyInternet, VirtualPrivate)] kind: GatewayKind,
    #[case] state: &str,
    #[case] standing: Standing,
) {
    assert_judged(&gateway(kind, state, None), standing);
}

/// Of this account's own making: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html>.
#[rstest]
#[case("pending", Standing::Attached)]
#[case("available", Standing::Attached)]
#[case("deleting", Standing::Attached)]
#[case("failed", Standing::Gone)]
#[case("deleted", Standing::Gone)]
fn a_nat_gateway(#[case] state: &str, #[case] standing: Standing) {
    assert_judged(&gateway(Nat, state, None), standing);
}

/// Who owns the VPC makes the endpoint; who owns the service accepts and rejects, also later:
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html>. The API answers in either case of letters.
#[rstest]
#[case("PendingAcceptance", true)]
#[case("Pending", true)]
#[case("Available", true)]
#[case("Deleting", true)]
#[case("Deleted", false)]
#[case::nobody_says_that_it_cannot_be_accepted_again("Rejected", true)]
#[case("Failed", false)]
#[case("Expired", false)]
#[case("Partial", true)]
#[case::a_state_of_tomorrow("Reconsidering", true)]
fn an_endpoint(#[case] state: &str, #[case] stands: bool) {
    for state in [state.to_owned(), state.to_ascii_lowercase()] {
        assert_eq!(endpoint_stands(&state), stands);
        let mut environment = Environment::healthy();
        let foreign = VpcEndpoint {
            id: "vpce-foreign".to_owned(),
            service_name: "com.amazonaws.vpce.us-east-1.vpce-svc-1".to_owned(),
            state,
            policy: document(json!([bound()])),
            ..environment.endpoint("vpce-logs").clone()
        };
        environment.observed.endpoints.push(foreign);
        if stands {
            assert_caught(&environment, EndpointsKnown, "vpce-foreign");
        } else {
            assert_eq!(environment.prove().verdict(), Verdict::Isolated);
        }
    }
}

/// The environment's own that is taken off goes for minutes. It counts no more, unless it stays, or its policy is open.
#[rstest]
#[case("deleting", "vpce-leaving", true)]
#[case("Deleting", "vpce-leaving", true)]
#[case("available", "vpce-leaving", false)]
#[case("deleting", "vpce-another", false)]
fn an_endpoint_that_is_taken_off(#[case] state: &str, #[case] expected: &str, #[case] isolated: bool) {
    let mut environment = Environment::healthy();
    let leaving = VpcEndpoint {
        id: "vpce-leaving".to_owned(),
        service_name: "com.amazonaws.us-east-1.sqs".to_owned(),
        state: state.to_owned(),
        policy: document(json!([bound()])),
        ..environment.endpoint("vpce-logs").clone()
    };
    environment.observed.endpoints.push(leaving);
    environment.expectation.leaving_endpoints = vec![expected.to_owned()];
    assert_eq!(environment.prove().verdict() == Verdict::Isolated, isolated);
    if isolated {
        assert!(environment.check(EndpointsKnown).because.ends_with("AWS is taking away vpce-leaving"));
        environment.endpoint("vpce-leaving").policy =
            document(json!([{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]));
        assert_ne!(environment.prove().verdict(), Verdict::Isolated);
    }
}

/// So does its EC2 Instance Connect Endpoint: by the IDs of its interfaces, and no other.
#[rstest]
#[case("eni-leaving", "ec2_instance_connect_endpoint", true)]
#[case("eni-another", "ec2_instance_connect_endpoint", false)]
#[case("eni-leaving", "nat_gateway", false)]
fn an_interface_that_goes(#[case] expected: &str, #[case] kind: &str, #[case] isolated: bool) {
    let mut environment = Environment::healthy();
    let leaving = NetworkInterface {
        id: "eni-leaving".to_owned(),
        interface_type: kind.to_owned(),
        ..environment.observed.interfaces[0].clone()
    };
    environment.observed.interfaces.push(leaving);
    environment.expectation.leaving_interfaces = vec![expected.to_owned()];
    assert_eq!(environment.check(NoBridgingInterface).holds, isolated);
}

/// A request is no door, however open what lies behind it is. What is being deleted may be one to its last packet.
#[rstest]
#[case("pending-acceptance", true)]
#[case("deleting", false)]
#[case("active", false)]
fn a_request_carries_nothing(#[case] state: &str, #[case] closed: bool) {
    let mut environment = with(&gateway(Peering, state, outsider()));
    let (https, source) = (PortRange::one(443), "172.31.0.0/16");
    environment.acl("acl-services").entries.push(allow(210, Direction::Ingress, Protocol::Tcp, https, source));
    environment.foreign_group("sg-foreign", vec![tcp(Direction::Ingress, 443, from_block(source))]);
    assert_eq!(environment.check(NothingReachesIn).holds, closed);
}

/// What the spec names is waited for: its request is no news.
#[test]
fn a_request_that_the_spec_names_is_not_told() {
    let mut environment = with(&gateway(Peering, "pending-acceptance", outsider()));
    environment.observed.gateways[0].id = "pcx-1".to_owned();
    assert_told(&environment, NoRequestFromOutside, "pcx-1");
    environment.expectation.attachments.push("pcx-1".to_owned());
    assert!(environment.check(NoRequestFromOutside).holds);
}

#[test]
fn an_account_that_is_not_told_is_said_not_to_be() {
    let nobody = Some(Requester { account: String::new(), is_foreign: true });
    let environment = with(&gateway(Peering, "pending-acceptance", nobody));
    assert_told(&environment, NoRequestFromOutside, "account which AWS does not name asked");
}
