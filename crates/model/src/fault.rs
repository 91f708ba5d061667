//! What is wrong with an input, and where it stands.
//!
//! A decoder does not stop at the first fault: it goes on with what it can still read and hands back all of them,
//! each with the JSON pointer of the value at fault.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

mod reader;

pub use reader::{Fields, Node};

/// Where a value stands in an input: a JSON pointer
/// ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)), empty for the whole of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(String);

impl Pointer {
    /// The whole input.
    #[must_use]
    pub const fn root() -> Self {
        Self(String::new())
    }

    /// The field `name` of the object that stands here.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        Self(format!("{}/{}", self.0, name.replace('~', "~0").replace('/', "~1")))
    }

    /// The element at `index`, counted from 0, of the array that stands here.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}/{index}", self.0))
    }

    /// The pointer as text.
    #[must_use]
    #[cfg(any(test, feature = "testing"))]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One thing wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "testing"), derive(schemars::JsonSchema))]
pub struct Fault {
    /// Where: a JSON pointer (RFC 6901) into the request such as `/spec/network/cidr`, empty for the whole of it.
    /// A field that is missing is pointed at where it should be.
    pub pointer: String,
    /// What was expected, and what stood there.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.pointer.is_empty() {
            write!(formatter, "{}: ", self.pointer)?;
        }
        formatter.write_str(&self.message)
    }
}

/// All that is wrong with an input, in the order in which it was found.
///
/// It keeps [`Faults::MOST`] of them and then says once that there are more, so that an input of millions of
/// faults has an answer that can still be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// How many faults are kept.
    pub const MOST: usize = 100;

    /// No fault yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a fault; does nothing once it [is full](Self::is_full).
    pub fn push(&mut self, pointer: &Pointer, message: impl Into<String>) {
        match self.0.len() {
            length if length < Self::MOST => {
                self.0.push(Fault { pointer: pointer.to_string(), message: message.into() });
            }
            Self::MOST => self.0.push(Fault {
                pointer: String::new(),
                message: format!("more than {} faults; the others are left out", Self::MOST),
            }),
            _ => {}
        }
    }

    /// Whether no more are kept: who looks for further faults may stop.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.len() > Self::MOST
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    #[cfg(any(test, feature = "testing"))]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Each of them.
    #[cfg(any(test, feature = "testing"))]
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.0.iter()
    }

    /// `value` if there are none.
    ///
    /// # Errors
    /// The faults, if there are any.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl From<Faults> for Vec<Fault> {
    fn from(faults: Faults) -> Self {
        faults.0
    }
}

impl IntoIterator for Faults {
    type Item = Fault;
    type IntoIter = std::vec::IntoIter<Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Faults {
    type Item = &'a Fault;
    type IntoIter = std::slice::Iter<'a, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// All of them on one line, parted by semicolons.
impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            write!(formatter, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// A text that breaks its type's rule; it says what the rule wants, and leaves what stood there to whom it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct Malformed {
    expected: Cow<'static, str>,
}

impl Malformed {
    /// `expected` is a noun phrase: "an IPv4 block such as 10.0.0.0/16".
    pub fn new(expected: impl Into<Cow<'static, str>>) -> Self {
        Self { expected: expected.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_escape_as_the_rfc_asks() {
        let pointer = Pointer::root().field("tags").field("a/b~c").index(3);
        assert_eq!(pointer.as_str(), "/tags/a~1b~0c/3");
    }

    #[test]
    fn a_flood_of_faults_is_cut_and_says_so() {
        let mut faults = Faults::new();
        for _ in 0..1_000 {
            faults.push(&Pointer::root(), "bad");
        }
        assert_eq!(faults.len(), Faults::MOST + 1);
        assert!(faults.is_full());
        assert!(faults.iter().last().unwrap().message.contains("left out"));
    }

    #[test]
    fn they_read_as_one_line_and_travel_as_a_list() {
        let mut faults = Faults::new();
        faults.push(&Pointer::root(), "expected an object; found 5");
        faults.push(&Pointer::root().field("spec"), "bad");
        assert_eq!(faults.to_string(), "expected an object; found 5; /spec: bad");
        let json = serde_json::to_string(&faults).unwrap();
        assert!(json.starts_with(r#"[{"pointer":"","message":"#));
        assert_eq!(serde_json::from_str::<Faults>(&json).unwrap(), faults);
    }
}
