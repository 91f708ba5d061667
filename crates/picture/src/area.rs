//! Where things stand on the sheet. All lengths are in user units of the SVG, a pixel each at its natural size.

/// The width of the whole picture. Its height is what is needed.
pub(super) const WIDTH: i32 = 1_400;
/// What is left free at the edges of the picture.
pub(super) const MARGIN: i32 = 32;
/// Between two things that belong together.
pub(super) const GAP: i32 = 12;
/// Between two parts of the picture.
pub(super) const BREAK: i32 = 28;
/// Between the edge of a box and what is in it.
pub(super) const PADDING: i32 = 16;

/// The left edge and the width of what stands outside the VPC.
pub(super) const OUTSIDE: (i32, i32) = (MARGIN, 220);
/// The left edge and the width of the VPC.
pub(super) const NETWORK: (i32, i32) = (340, WIDTH - MARGIN - 340);

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Area {
    /// The right edge.
    pub(super) const fn right(self) -> i32 {
        self.x + self.width
    }

    /// The lower edge.
    pub(super) const fn bottom(self) -> i32 {
        self.y + self.height
    }
}

/// A number of things as a length. More than a sheet could hold counts as very many.
pub(super) fn count(things: usize) -> i32 {
    i32::try_from(things).unwrap_or(i32::MAX / 1_000)
}
