//! A card: one thing with what is said of it.

use super::area::{Area, GAP, count};
use super::hand::Hand;
use super::marks::Mark;
use super::paint::Paint;
use super::sheet::{Edge, Sheet};

const ABOVE: i32 = 11;
const BELOW: i32 = 7;
const SIDE: i32 = 12;
/// The room that the sign takes in the first line.
const SIGN: i32 = 20;

/// The class by which a card is found in the picture.
const CLASS: &str = "card";

/// One thing.
#[derive(Clone, Debug)]
pub(super) struct Card {
    what: String,
    mark: Mark,
    edge: Edge,
    lines: Vec<(Hand, String)>,
    details: Vec<String>,
}

impl Card {
    /// A card that says what it is about and how that is.
    pub(super) fn new(what: impl Into<String>, mark: Mark) -> Self {
        Self { what: what.into(), mark, edge: Edge::Solid, lines: Vec::new(), details: Vec::new() }
    }

    /// A further line; none for an empty text.
    pub(super) fn line(mut self, hand: Hand, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.lines.push((hand, text));
        }
        self
    }

    /// What only the title says, a line each.
    pub(super) fn details(mut self, details: Vec<String>) -> Self {
        self.details.extend(details);
        self
    }

    /// With a broken edge: not Ringfence's, or not there.
    pub(super) fn dashed(mut self) -> Self {
        self.edge = Edge::Dashed;
        self
    }

    /// How much room its lines need.
    pub(super) fn height(&self) -> i32 {
        let lines: i32 = self.lines.iter().map(|(hand, _)| hand.line_height()).sum();
        let blame = if self.mark.checks.is_empty() { 0 } else { Hand::Code.line_height() };
        ABOVE + Hand::Label.line_height() + lines + blame + BELOW
    }

    /// Draws it. What does not fit into its width is cut, and stands whole in its title.
    pub(super) fn draw(&self, sheet: &mut Sheet, area: Area) {
        let mut card = Sheet::titled(&self.title()).class(CLASS);
        card.rectangle(area, 8, Paint::Box(self.mark.tone), self.edge);
        let (left, width) = (area.x + SIDE, area.width - 2 * SIDE);
        let mut y = area.y + ABOVE;
        card.sign((left + 7, y + 8), self.mark.tone);
        card.letters((left + SIGN, y + Hand::Label.size()), Hand::Label, Paint::Ink, &self.what, width - SIGN);
        y += Hand::Label.line_height();
        for (hand, text) in &self.lines {
            let paint = if *hand == Hand::Small { Paint::Faint } else { Paint::Ink };
            card.letters((left, y + hand.size()), *hand, paint, text, width);
            y += hand.line_height();
        }
        if !self.mark.checks.is_empty() {
            let paint = Paint::Letters(self.mark.tone);
            card.letters((left, y + Hand::Code.size()), Hand::Code, paint, &self.mark.names(), width);
        }
        sheet.add(card);
    }

    fn title(&self) -> String {
        let mut title = vec![format!("{}: {}", self.what, self.mark.tone.words())];
        title.extend(self.lines.iter().map(|(_, text)| text.clone()));
        title.extend(self.mark.reasons.iter().cloned());
        title.extend(self.details.iter().cloned());
        title.join("\n")
    }
}

/// Draws cards in rows of so many columns, all of the height of the tallest. The answer is where the rows end.
pub(super) fn grid(sheet: &mut Sheet, cards: &[Card], (x, y): (i32, i32), width: i32, columns: i32) -> i32 {
    let height = cards.iter().map(Card::height).max().unwrap_or(0);
    let each = (width - GAP * (columns - 1)) / columns;
    for (index, card) in (0..).zip(cards) {
        let (column, row) = (index % columns, index / columns);
        card.draw(sheet, Area { x: x + column * (each + GAP), y: y + row * (height + GAP), width: each, height });
    }
    let rows = (count(cards.len()) + columns - 1) / columns;
    if rows == 0 { y } else { y + rows * (height + GAP) - GAP }
}
