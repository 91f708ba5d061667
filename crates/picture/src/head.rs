//! The head of the picture: what it shows, how that is, and why not as it should be.

use super::area::{Area, GAP, MARGIN, PADDING, WIDTH};
use super::hand::Hand;
use super::inventory::View;
use super::paint::{Paint, Tone};
use super::sheet::{Edge, Sheet};
use ringfence_model::status::Status;
use ringfence_proof::{Check, Verdict};

/// How many lines a reason takes at most.
const MOST_LINES: usize = 12;
const ACROSS: i32 = WIDTH - 2 * MARGIN;

/// The verdict in a sentence, with its tone.
pub(super) fn verdict(view: &View<'_>) -> (Tone, String) {
    let Some(isolation) = view.scene.isolation else {
        let why = match (view.scene.status, &view.observed().vpc) {
            (Status::Deleting, _) => "Not proved: it is being removed",
            (_, None) => "Not proved: AWS reports no VPC of it",
            _ => "Not proved",
        };
        return (Tone::Plain, why.to_owned());
    };
    let required = isolation.checks.iter().filter(|check| check.required);
    let (holding, all) = (required.clone().filter(|check| check.holds).count(), required.count());
    let said = match isolation.verdict() {
        Verdict::Isolated => return (Tone::Good, format!("Isolated: all {all} required checks hold")),
        Verdict::Exposed(_) => "Not isolated",
        Verdict::Unusable(_) => "Isolated, but not usable",
    };
    (Tone::Bad, format!("{said}: {} of {all} required checks do not hold", all - holding))
}

/// Draws the head; the answer is where it ends.
pub(super) fn draw(sheet: &mut Sheet, view: &View<'_>) -> i32 {
    let scene = view.scene;
    let mut y = MARGIN;
    sheet.letters((MARGIN, y + 26), Hand::Title, Paint::Ink, scene.environment.as_str(), ACROSS - 200);
    status(sheet, view, MARGIN + Hand::Title.width(scene.environment.as_str()) + GAP, y + 2);
    y += 46;
    let (tone, verdict) = verdict(view);
    sheet.sign((MARGIN + 7, y + 7), tone);
    sheet.letters((MARGIN + 22, y + 12), Hand::Label, Paint::Letters(tone), &verdict, ACROSS - 22);
    y += 20;
    let about = "Drawn from what AWS reports. A full edge is Ringfence's own, a broken edge is not or is not there; \
                 point at anything to read more.";
    sheet.letters((MARGIN, y + 12), Hand::Small, Paint::Faint, about, ACROSS);
    y += 18;
    let mut failing: Vec<_> = view.marks.failing().filter(|check| check.required).map(reason).collect();
    // Where checks do not hold, the error says no more than they do.
    if failing.is_empty() {
        failing.extend(scene.error.map(|error| ("error".to_owned(), error.to_owned())));
    }
    if failing.is_empty() { y } else { reasons(sheet, &failing, y + GAP) }
}

fn reason(check: &Check) -> (String, String) {
    (check.check.as_str().to_owned(), check.because.clone())
}

fn status(sheet: &mut Sheet, view: &View<'_>, x: i32, y: i32) {
    let status = view.scene.status;
    let (tone, word) = match status {
        Status::Ready => (Tone::Good, "ready"),
        Status::Provisioning => (Tone::Notice, "provisioning"),
        Status::Deleting => (Tone::Notice, "deleting"),
        Status::Deleted => (Tone::Plain, "deleted"),
        Status::Exposed => (Tone::Bad, "exposed"),
        Status::Failed => (Tone::Bad, "failed"),
        Status::Superseded => (Tone::Plain, "superseded"),
    };
    let width = Hand::Label.width(word);
    let mut pill = Sheet::titled(&format!("status: {word}"));
    pill.rectangle(Area { x, y, width: width + 28, height: 26 }, 13, Paint::Box(tone), Edge::Solid);
    pill.letters((x + 14, y + 18), Hand::Label, Paint::Letters(tone), word, width);
    sheet.add(pill);
}

/// Draws why it is not as it should be, every reason whole.
fn reasons(sheet: &mut Sheet, failing: &[(String, String)], top: i32) -> i32 {
    let (left, room) = (MARGIN + PADDING, ACROSS - 2 * PADDING);
    let mut content = Sheet::new();
    let mut y = top + GAP;
    for (name, because) in failing {
        let mut entry = Sheet::titled(&format!("{name}: {because}"));
        entry.sign((left + 7, y + 9), Tone::Bad);
        entry.letters((left + 22, y + 13), Hand::StrongCode, Paint::Letters(Tone::Bad), name, room - 22);
        y += Hand::StrongCode.line_height();
        for line in Hand::Prose.wrap(because, room - 22, MOST_LINES) {
            entry.letters((left + 22, y + 13), Hand::Prose, Paint::Ink, &line, room - 22);
            y += Hand::Prose.line_height();
        }
        y += 6;
        content.add(entry);
    }
    let area = Area { x: MARGIN, y: top, width: ACROSS, height: y + 4 - top };
    sheet.rectangle(area, 10, Paint::Box(Tone::Bad), Edge::Solid);
    sheet.add(content);
    area.bottom()
}
