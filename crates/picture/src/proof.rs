//! The proof, check by check.

use super::area::{GAP, MARGIN, WIDTH, count};
use super::hand::Hand;
use super::inventory::View;
use super::paint::{Paint, Tone};
use super::sheet::Sheet;
use ringfence_proof::Check;

const COLUMNS: i32 = 4;
const ROW: i32 = 24;
const ACROSS: i32 = WIDTH - 2 * MARGIN;
/// How many lines a reason takes at most.
const MOST_LINES: usize = 4;

/// Draws it; the answer is where it ends.
pub(super) fn draw(sheet: &mut Sheet, view: &View<'_>, top: i32) -> i32 {
    let Some(isolation) = view.scene.isolation else { return top };
    sheet.letters((MARGIN, top + 15), Hand::Heading, Paint::Ink, "What was proved", ACROSS);
    let first = top + 34;
    let rows = (count(isolation.checks.len()) + COLUMNS - 1) / COLUMNS;
    let each = (ACROSS - GAP * (COLUMNS - 1)) / COLUMNS;
    for (index, check) in (0..).zip(&isolation.checks) {
        let (column, row) = (index / rows, index % rows);
        entry(sheet, check, (MARGIN + column * (each + GAP), first + row * ROW), each);
    }
    let mut y = first + rows * ROW + GAP;
    for check in view.marks.failing().filter(|check| !check.required) {
        let note = format!("{} is not required here, and does not hold: {}", check.check, check.because);
        for line in Hand::Small.wrap(&note, ACROSS, MOST_LINES) {
            sheet.letters((MARGIN, y + 11), Hand::Small, Paint::Faint, &line, ACROSS);
            y += Hand::Small.line_height();
        }
    }
    y
}

fn entry(sheet: &mut Sheet, check: &Check, (x, y): (i32, i32), width: i32) {
    let (tone, word) = match (check.holds, check.required) {
        (true, _) => (Tone::Good, "holds"),
        (false, true) => (Tone::Bad, "does not hold"),
        (false, false) => (Tone::Notice, "does not hold, and is not required"),
    };
    let mut entry = Sheet::titled(&format!("{} {word}: {}", check.check, check.because));
    entry.sign((x + 7, y + 8), tone);
    let paint = if tone == Tone::Good { Paint::Ink } else { Paint::Letters(tone) };
    entry.letters((x + 22, y + 12), Hand::Code, paint, check.check.as_str(), width - 22);
    sheet.add(entry);
}
