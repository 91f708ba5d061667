//! Arrows: who may talk to whom.

use super::paint::{Paint, Tone};
use super::sheet::{Edge, Sheet};

/// How long and how wide half the head of an arrow is.
const HEAD: (i32, i32) = (10, 5);

/// Which ends of an arrow have a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heads {
    /// The last.
    Last,
    /// Both.
    Both,
}

/// An arrow from point to point, each straight below or beside the one before.
pub(super) fn arrow(sheet: &mut Sheet, points: &[(i32, i32)], tone: Tone, heads: Heads) {
    sheet.line(points, Paint::Line(tone), Edge::Solid);
    if let [.., before, last] = points {
        head(sheet, *before, *last, tone);
    }
    if let ([first, next, ..], Heads::Both) = (points, heads) {
        head(sheet, *next, *first, tone);
    }
}

/// A way that is shut: a broken line that ends at a bar across the middle.
pub(super) fn barred(sheet: &mut Sheet, from: (i32, i32), to: (i32, i32), tone: Tone) {
    sheet.line(&[from, to], Paint::Line(tone), Edge::Dashed);
    let middle = (i32::midpoint(from.0, to.0), i32::midpoint(from.1, to.1));
    let ends = if from.1 == to.1 {
        [(middle.0, middle.1 - 9), (middle.0, middle.1 + 9)]
    } else {
        [(middle.0 - 9, middle.1), (middle.0 + 9, middle.1)]
    };
    sheet.line(&ends, Paint::Line(tone), Edge::Solid);
}

fn head(sheet: &mut Sheet, from: (i32, i32), tip: (i32, i32), tone: Tone) {
    let (along, across) = HEAD;
    let (right, down) = ((tip.0 - from.0).signum(), (tip.1 - from.1).signum());
    let base = (tip.0 - right * along, tip.1 - down * along);
    let corners =
        [tip, (base.0 + down * across, base.1 + right * across), (base.0 - down * across, base.1 - right * across)];
    sheet.shape(&corners, Paint::Solid(tone));
}
