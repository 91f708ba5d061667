//! Lettering: sizes and fonts, and how much room a text takes.
//!
//! Which fonts a reader has is not known here, so widths are bounds, after the widest of the usual ones (DejaVu Sans,
//! Verdana): a text may come out narrower, and never runs into its neighbour.

use super::area::count;

/// A kind of lettering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hand {
    /// The name of the environment.
    Title,
    /// Above a part of the picture.
    Heading,
    /// What a thing is.
    Label,
    /// A sentence.
    Prose,
    /// What is said by the way.
    Small,
    /// An ID, a block of addresses, the name of a check.
    Code,
    /// An ID or a block that matters most in its box.
    StrongCode,
}

impl Hand {
    /// Sizes in pixels: of the letters.
    pub(super) const fn size(self) -> i32 {
        match self {
            Self::Title => 26,
            Self::Heading => 15,
            Self::Label | Self::Prose | Self::StrongCode => 13,
            Self::Small | Self::Code => 11,
        }
    }

    /// From one line to the next.
    pub(super) const fn line_height(self) -> i32 {
        self.size() + 6
    }

    /// Whether the letters are bold.
    pub(super) const fn is_bold(self) -> bool {
        matches!(self, Self::Title | Self::Heading | Self::Label | Self::StrongCode)
    }

    /// Whether all letters have the same width.
    const fn is_even(self) -> bool {
        matches!(self, Self::Code | Self::StrongCode)
    }

    /// The fonts, each with others to take where it is missing.
    pub(super) const fn fonts(self) -> &'static str {
        if self.is_even() {
            "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
        } else {
            "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
        }
    }

    /// At most how wide a text becomes.
    pub(super) fn width(self, text: &str) -> i32 {
        let hundredths: i32 = text.chars().map(|letter| self.letter(letter)).fold(0, i32::saturating_add);
        hundredths.saturating_mul(self.size()) / 100 + 1
    }

    /// At most how wide a letter is, in hundredths of the size.
    fn letter(self, letter: char) -> i32 {
        let width = match letter {
            '\u{1100}'.. => 130,
            '\u{80}'.. => 105,
            _ if self.is_even() => 61,
            ' ' | 'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 37,
            'f' | 't' | 'r' | 'I' | 'J' | '(' | ')' | '[' | ']' | '-' | '/' | '\\' => 45,
            'm' | 'w' | 'M' | 'W' | '%' | '@' | '+' | '=' | '<' | '>' | '#' | '&' => 100,
            'A'..='Z' => 79,
            _ => 65,
        };
        if self.is_bold() && !self.is_even() { width * 115 / 100 } else { width }
    }

    /// The text, cut to a width and ending in `…` where it is too long.
    pub(super) fn fit(self, text: &str, width: i32) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let mut kept = String::new();
        for letter in text.chars() {
            kept.push(letter);
            if self.width(&kept) + self.width("…") > width {
                kept.pop();
                break;
            }
        }
        format!("{}…", kept.trim_end())
    }

    /// The text in lines of a width, at most so many of them; the last ends in `…` where there is more.
    pub(super) fn wrap(self, text: &str, width: i32, most: usize) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            self.append(word, width, &mut lines);
        }
        if lines.len() > most {
            let rest = lines.split_off(most.saturating_sub(1)).join(" ");
            lines.push(self.fit(&rest, width));
        }
        lines
    }

    /// Puts a word behind the last line, or onto further ones: a word that is longer than a line is cut.
    fn append(self, word: &str, width: i32, lines: &mut Vec<String>) {
        let last = lines.pop().unwrap_or_default();
        let longer = if last.is_empty() { word.to_owned() } else { format!("{last} {word}") };
        if self.width(&longer) <= width {
            lines.push(longer);
            return;
        }
        if !last.is_empty() {
            lines.push(last);
        }
        let mut piece = String::new();
        for letter in word.chars() {
            piece.push(letter);
            if self.width(&piece) > width && count(piece.chars().count()) > 1 {
                piece.pop();
                lines.push(std::mem::replace(&mut piece, letter.to_string()));
            }
        }
        lines.push(piece);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HANDS: [Hand; 7] =
        [Hand::Title, Hand::Heading, Hand::Label, Hand::Prose, Hand::Small, Hand::Code, Hand::StrongCode];

    fn hand() -> impl Strategy<Value = Hand> {
        prop::sample::select(HANDS.as_slice())
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        assert_eq!(Hand::Code.fit("vpc-0123456789abcdef0", 200), "vpc-0123456789abcdef0");
        assert_eq!(Hand::Code.fit("vpc-0123456789abcdef0", 60), "vpc-01…");
    }

    #[test]
    fn words_longer_than_a_line_are_cut_and_too_many_lines_end_in_an_ellipsis() {
        assert_eq!(Hand::Code.wrap("aaaa bbbb cccccccccccc", 60, 9), ["aaaa", "bbbb", "cccccccc", "cccc"]);
        assert_eq!(Hand::Code.wrap("aaaa bbbb cccccccccccc", 60, 2), ["aaaa", "bbbb c…"]);
        assert_eq!(Hand::Prose.wrap("", 60, 2), [""]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_it_may_be(hand in hand(), text in "\\PC{0,60}", width in 50..400) {
            prop_assert!(hand.width(&hand.fit(&text, width)) <= width);
            for line in hand.wrap(&text, width, 5) {
                prop_assert!(hand.width(&line) <= width, "{line}");
            }
            prop_assert!(hand.wrap(&text, width, 5).len() <= 5);
        }

        #[test]
        fn wrapping_loses_no_letter(hand in hand(), text in "[a-z ]{0,200}") {
            let letters = |text: &str| text.replace(' ', "");
            prop_assert_eq!(letters(&hand.wrap(&text, 120, 1_000).concat()), letters(&text));
        }
    }
}
