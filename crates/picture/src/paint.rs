//! Colours: what a thing is painted with, by day and by night.

use std::fmt::Write;

/// What is said of a thing. The later, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tone {
    /// It is as it should be.
    Good,
    /// Nothing is claimed of it.
    Plain,
    /// Worth knowing, and not required.
    Notice,
    /// It is not as it should be.
    Bad,
}

impl Tone {
    const ALL: [Self; 4] = [Self::Good, Self::Plain, Self::Notice, Self::Bad];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Plain => "plain",
            Self::Notice => "notice",
            Self::Bad => "bad",
        }
    }

    /// What it means, in words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Good => "as it should be",
            Self::Plain => "not proved",
            Self::Notice => "not required",
            Self::Bad => "not as it should be",
        }
    }

    /// Strong, pale and for letters, by day and by night.
    const fn colours(self, theme: Theme) -> [&'static str; 3] {
        match (self, theme) {
            (Self::Good, Theme::Light) => ["#1f8a46", "#f0faf3", "#12692f"],
            (Self::Good, Theme::Dark) => ["#3fae62", "#10261a", "#6fd08c"],
            (Self::Plain, Theme::Light) => ["#8b95a1", "#f6f7f9", "#3d4650"],
            (Self::Plain, Theme::Dark) => ["#5d6875", "#1a2027", "#c3ccd6"],
            (Self::Notice, Theme::Light) => ["#b07a08", "#fff9e6", "#7a5200"],
            (Self::Notice, Theme::Dark) => ["#d0a037", "#2a220f", "#ecc366"],
            (Self::Bad, Theme::Light) => ["#d1242f", "#fff1f0", "#a8141f"],
            (Self::Bad, Theme::Dark) => ["#f0524d", "#33161a", "#ff8a84"],
        }
    }
}

/// What a thing is painted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    /// The sheet itself.
    Paper,
    /// What a part of the picture stands on.
    Ground,
    /// Letters.
    Ink,
    /// Letters that matter less.
    Faint,
    /// Letters with a tone.
    Letters(Tone),
    /// A box: its edge and its inside.
    Box(Tone),
    /// A frame: its edge alone.
    Line(Tone),
    /// A sign or the head of an arrow: filled.
    Solid(Tone),
    /// What is cut out of a sign.
    Cut,
}

/// Which colours a reader has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    Light,
    Dark,
}

const NONE: &str = "none";

impl Paint {
    fn all() -> impl Iterator<Item = Self> {
        let toned = Tone::ALL
            .into_iter()
            .flat_map(|tone| [Self::Letters(tone), Self::Box(tone), Self::Line(tone), Self::Solid(tone)]);
        [Self::Paper, Self::Ground, Self::Ink, Self::Faint, Self::Cut].into_iter().chain(toned)
    }

    /// The name by which the style sheet knows it.
    pub(super) fn class(self) -> String {
        match self {
            Self::Paper => "paper".to_owned(),
            Self::Ground => "ground".to_owned(),
            Self::Ink => "ink".to_owned(),
            Self::Faint => "faint".to_owned(),
            Self::Cut => "cut".to_owned(),
            Self::Letters(tone) => format!("{}-letters", tone.as_str()),
            Self::Box(tone) => format!("{}-box", tone.as_str()),
            Self::Line(tone) => format!("{}-line", tone.as_str()),
            Self::Solid(tone) => format!("{}-solid", tone.as_str()),
        }
    }

    /// `fill` and `stroke` by day, and wherever style sheets are not read.
    pub(super) const fn by_day(self) -> (&'static str, &'static str) {
        self.colours(Theme::Light)
    }

    const fn colours(self, theme: Theme) -> (&'static str, &'static str) {
        let by_day = matches!(theme, Theme::Light);
        match self {
            Self::Paper => (if by_day { "#ffffff" } else { "#0e1216" }, NONE),
            Self::Ground => {
                if by_day {
                    ("#fafbfc", "#d5dae0")
                } else {
                    ("#13181e", "#333c46")
                }
            }
            Self::Ink => (if by_day { "#1a2027" } else { "#e8edf2" }, NONE),
            Self::Faint => (if by_day { "#59636e" } else { "#9ba6b2" }, NONE),
            Self::Cut => (NONE, if by_day { "#ffffff" } else { "#0e1216" }),
            Self::Letters(tone) => (tone.colours(theme)[2], NONE),
            Self::Box(tone) => (tone.colours(theme)[1], tone.colours(theme)[0]),
            Self::Line(tone) => (NONE, tone.colours(theme)[0]),
            Self::Solid(tone) => (tone.colours(theme)[0], NONE),
        }
    }
}

/// The class of the whole picture, which keeps its style sheet to itself within a page.
pub(super) const PICTURE: &str = "ringfence-picture";

/// The style sheet: the colours by night.
pub(super) fn style_sheet() -> String {
    let mut rules = String::new();
    for paint in Paint::all() {
        let (fill, stroke) = paint.colours(Theme::Dark);
        // Writing into a text cannot fail.
        let _ = write!(rules, ".{PICTURE} .{}{{fill:{fill};stroke:{stroke}}}", paint.class());
    }
    format!("@media (prefers-color-scheme:dark){{{rules}}}")
}
