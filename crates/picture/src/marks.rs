//! From the proof to what is said of each thing.

use super::paint::Tone;
use ringfence_proof::{Check, CheckName, Isolation};

/// What is said of a thing, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) tone: Tone,
    /// The checks that do not hold because of it.
    pub(super) checks: Vec<CheckName>,
    /// Their reasons, as far as they are about it.
    pub(super) reasons: Vec<String>,
}

impl Mark {
    /// Nothing but a tone.
    pub(super) const fn of(tone: Tone) -> Self {
        Self { tone, checks: Vec::new(), reasons: Vec::new() }
    }

    /// The same, but bad in any case, for this reason.
    pub(super) fn and_bad(mut self, reason: &str) -> Self {
        self.tone = Tone::Bad;
        self.reasons.insert(0, reason.to_owned());
        self
    }

    /// The names of the checks that do not hold.
    pub(super) fn names(&self) -> String {
        self.checks.iter().map(|check| check.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn blame(&mut self, check: &Check, reason: String) {
        self.tone = self.tone.max(if check.required { Tone::Bad } else { Tone::Notice });
        self.checks.push(check.check);
        self.reasons.push(format!("{}: {reason}", check.check));
    }
}

/// What was proved, to be asked about single things.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks<'a> {
    isolation: Option<&'a Isolation>,
}

impl<'a> Marks<'a> {
    pub(super) const fn of(isolation: Option<&'a Isolation>) -> Self {
        Self { isolation }
    }

    /// The checks that do not hold.
    pub(super) fn failing(self) -> impl Iterator<Item = &'a Check> {
        self.isolation.into_iter().flat_map(|isolation| &isolation.checks).filter(|check| !check.holds)
    }

    /// What is said of a resource: what any check says that does not hold and whose reason names it.
    pub(super) fn resource(self, id: &str) -> Mark {
        let mut mark = Mark::of(self.unless_named());
        for check in self.failing() {
            // A reason joins what it found by semicolons.
            let about: Vec<_> = check.because.split("; ").filter(|fault| names(fault, id)).collect();
            if !about.is_empty() {
                mark.blame(check, about.join("; "));
            }
        }
        mark
    }

    /// What these checks say together. One that was not made says nothing.
    pub(super) fn checks(self, wanted: &[CheckName]) -> Mark {
        let mut mark = Mark::of(if self.isolation.is_some() { Tone::Good } else { Tone::Plain });
        for check in self.failing().filter(|check| wanted.contains(&check.check)) {
            mark.blame(check, check.because.clone());
        }
        mark
    }

    /// What is said of a resource that no reason names. A long reason spells out some of what it found alone, and then
    /// nothing good is said of those that it may have left out.
    fn unless_named(self) -> Tone {
        let cut = self.failing().any(|check| check.required && check.because.ends_with(" more"));
        if self.isolation.is_some() && !cut { Tone::Good } else { Tone::Plain }
    }
}

/// Whether a text names an ID: as a whole, not as a part of a longer one.
fn names(text: &str, id: &str) -> bool {
    let continues = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    !id.is_empty()
        && text.match_indices(id).any(|(at, found)| {
            let (before, after) = (&text[..at], &text[at + found.len()..]);
            !before.ends_with(continues) && !after.starts_with(continues)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(check: CheckName, required: bool, because: &str) -> Check {
        Check { check, required, holds: false, because: because.to_owned() }
    }

    #[test]
    fn a_resource_is_named_whole_or_not_at_all() {
        assert!(names("acl-1 and sg-2 let it out", "sg-2"));
        assert!(names("rtb-1 routes 0.0.0.0/0 to igw-1: bad", "igw-1"));
        for other in ["acl-12 lets it", "pacl-1 lets it", "acl-1-x lets it", ""] {
            assert!(!names(other, "acl-1"), "{other}");
        }
        assert!(!names("anything", ""));
    }

    #[test]
    fn only_the_part_of_a_reason_that_is_about_it_is_said_of_it() {
        let because = "igw-1 is in vpc-1; pcx-1 is in vpc-1";
        let isolation = Isolation::of(vec![check(CheckName::NoGateway, true, because)]);
        let mark = Marks::of(Some(&isolation)).resource("pcx-1");
        assert_eq!((mark.tone, mark.reasons), (Tone::Bad, vec!["no-gateway: pcx-1 is in vpc-1".to_owned()]));
        assert_eq!(Marks::of(Some(&isolation)).resource("pcx-2").tone, Tone::Good);
        assert_eq!(Marks::of(None).resource("pcx-1").tone, Tone::Plain);
    }

    #[test]
    fn nothing_good_is_said_of_what_a_long_reason_may_have_left_out() {
        let isolation = Isolation::of(vec![check(CheckName::NoGateway, true, "igw-1 is in vpc-1; and 3 more")]);
        assert_eq!(Marks::of(Some(&isolation)).resource("rtb-1").tone, Tone::Plain);
    }

    #[test]
    fn what_is_not_required_is_no_more_than_a_notice() {
        let isolation = Isolation::of(vec![check(CheckName::DnsFiltered, false, "vpc-1 resolves any name")]);
        let marks = Marks::of(Some(&isolation));
        assert_eq!(marks.resource("vpc-1").tone, Tone::Notice);
        assert_eq!(marks.checks(&[CheckName::DnsFiltered, CheckName::NoGateway]).tone, Tone::Notice);
        assert_eq!(marks.checks(&[CheckName::NoGateway]).tone, Tone::Good);
    }
}
