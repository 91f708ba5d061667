//! The picture: an environment drawn from what AWS reports of it and from the proof, as SVG. Pure: the same state gives
//! the same text.
//!
//! Nothing is drawn because it was asked for. What stands is drawn where it stands, who may talk to whom is read from
//! the rules, and whether that is as it should be from the checks. Colour never says anything alone: a tick or a cross
//! stands beside it. Light colours are attributes, so that the picture can be read where style sheets are not; a style
//! sheet has the dark ones.

mod area;
mod arrows;
mod beside;
mod card;
mod draw;
mod hand;
mod head;
mod inventory;
mod marks;
mod network;
mod outside;
mod paint;
mod proof;
mod scene;
mod sheet;
mod strangers;

mod tier;
mod traffic;
mod words;

pub use draw::draw;
pub use scene::Scene;
