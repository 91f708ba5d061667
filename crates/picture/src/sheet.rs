//! The sheet that is drawn on: shapes and letters as elements of SVG.

use svg::node::{
    Text,
    element::{Element, Style, tag},
};
use svg::{Node, node::Value};

use super::area::{Area, WIDTH};
use super::hand::Hand;
use super::paint::{PICTURE, Paint, Tone, style_sheet};

/// Elements that belong together.
#[derive(Debug)]
pub(super) struct Sheet {
    group: Element,
}

/// The edge of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// Drawn through.
    Solid,
    /// Of what Ringfence did not make, or what is not there.
    Dashed,
}

impl Sheet {
    /// Elements under a title, which readers of screens say and pointers show.
    pub(super) fn titled(title: &str) -> Self {
        let mut group = Element::new(tag::Group);
        if !title.is_empty() {
            group.append(words(tag::Title, title));
        }
        Self { group }
    }

    /// Elements that need no title.
    pub(super) fn new() -> Self {
        Self::titled("")
    }

    /// Puts other elements on this sheet.
    pub(super) fn add(&mut self, sheet: Self) {
        self.group.append(sheet.group);
    }

    /// Marks the whole as something that tests and scripts may look for.
    pub(super) fn class(mut self, class: &str) -> Self {
        self.group.assign("class", class);
        self
    }

    /// A box with round corners.
    pub(super) fn rectangle(&mut self, area: Area, radius: i32, paint: Paint, edge: Edge) {
        let mut element = painted(tag::Rectangle, paint);
        set(&mut element, &[("x", area.x), ("y", area.y), ("width", area.width), ("height", area.height)]);
        element.assign("rx", radius);
        dash(&mut element, edge);
        self.group.append(element);
    }

    /// Lines from point to point.
    pub(super) fn line(&mut self, points: &[(i32, i32)], paint: Paint, edge: Edge) {
        let mut element = painted(tag::Polyline, paint);
        element.assign("points", joined(points));
        element.assign("stroke-width", 2);
        element.assign("stroke-linejoin", "round");
        dash(&mut element, edge);
        self.group.append(element);
    }

    /// A shape with corners at the points.
    pub(super) fn shape(&mut self, points: &[(i32, i32)], paint: Paint) {
        let mut element = painted(tag::Polygon, paint);
        element.assign("points", joined(points));
        self.group.append(element);
    }

    /// A line of letters, cut to `width`, that stands on `y`.
    pub(super) fn letters(&mut self, (x, y): (i32, i32), hand: Hand, paint: Paint, text: &str, width: i32) {
        let mut element = painted(tag::Text, paint);
        set(&mut element, &[("x", x), ("y", y), ("font-size", hand.size())]);
        element.assign("font-family", hand.fonts());
        if hand.is_bold() {
            element.assign("font-weight", 600);
        }
        element.append(Text::new(hand.fit(&legible(text, ' '), width)));
        self.group.append(element);
    }

    /// The sign of a tone, 14 wide, around a point: a tick, a cross, an exclamation mark, or a small ring.
    pub(super) fn sign(&mut self, (x, y): (i32, i32), tone: Tone) {
        let mut disc = painted(tag::Circle, if tone == Tone::Plain { Paint::Line(tone) } else { Paint::Solid(tone) });
        set(&mut disc, &[("cx", x), ("cy", y), ("r", if tone == Tone::Plain { 4 } else { 7 })]);
        self.group.append(disc);
        let strokes: &[&[(i32, i32)]] = match tone {
            Tone::Good => &[&[(-3, 0), (-1, 3), (4, -3)]],
            Tone::Bad => &[&[(-3, -3), (3, 3)], &[(3, -3), (-3, 3)]],
            Tone::Notice => &[&[(0, -4), (0, 1)], &[(0, 3), (0, 5)]],
            Tone::Plain => &[],
        };
        for stroke in strokes {
            let points: Vec<_> = stroke.iter().map(|(across, down)| (x + across, y + down)).collect();
            self.line(&points, Paint::Cut, Edge::Solid);
        }
    }

    /// The whole picture, as text.
    pub(super) fn into_picture(self, title: &str, description: &str, height: i32) -> String {
        let mut picture = Element::new(tag::SVG);
        picture.assign("xmlns", "http://www.w3.org/2000/svg");
        picture.assign("viewBox", (0, 0, WIDTH, height));
        set(&mut picture, &[("width", WIDTH), ("height", height)]);
        picture.assign("class", PICTURE);
        picture.assign("role", "img");
        picture.assign("aria-label", legible(title, ' '));
        picture.append(words(tag::Title, title));
        picture.append(words(tag::Description, description));
        picture.append(Style::new(style_sheet()));
        let mut paper = Self::new();
        paper.rectangle(Area { x: 0, y: 0, width: WIDTH, height }, 0, Paint::Paper, Edge::Solid);
        picture.append(paper.group);
        picture.append(self.group);
        picture.to_string()
    }
}

fn painted(name: &str, paint: Paint) -> Element {
    let mut element = Element::new(name);
    let (fill, stroke) = paint.by_day();
    element.assign("class", paint.class());
    element.assign("fill", fill);
    element.assign("stroke", stroke);
    element
}

fn dash(element: &mut Element, edge: Edge) {
    if edge == Edge::Dashed {
        element.assign("stroke-dasharray", "5 4");
    }
}

fn set(element: &mut Element, values: &[(&str, i32)]) {
    for (name, value) in values {
        element.assign(*name, *value);
    }
}

fn joined(points: &[(i32, i32)]) -> Value {
    points.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().into()
}

fn words(name: &str, text: &str) -> Element {
    let mut element = Element::new(name);
    element.append(Text::new(legible(text, '\n')));
    element
}

/// The text without what XML forbids and what would turn the letters around it: tags and names may hold anything, and
/// reasons quote them. The library escapes the rest.
fn legible(text: &str, line_break: char) -> String {
    let legible = |letter: char| match letter {
        '\n' => line_break,
        '\t' | '\r' => ' ',
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
            '\u{fffd}'
        }
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    };
    text.chars().map(legible).collect()
}
