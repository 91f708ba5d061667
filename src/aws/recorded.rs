//! What AWS was seen to answer means what the table beside it says: see `tests/recorded/README.md`.

use std::{collections::BTreeSet, fs, path::Path};

use serde::Deserialize;

use super::{CallError, Class};
use ringfence_model::failure::Failure;

/// A row of the table.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    actions: Vec<String>,
    when: Vec<String>,
    status: u16,
    code: String,
    message: String,
    #[serde(default)]
    entry: bool,
    #[serde(default)]
    reasons: Vec<Reason>,
    means: Class,
    #[serde(default)]
    r#final: bool,
    /// The error type that a user sees.
    pub(crate) kind: Option<String>,
    /// What the message must say.
    #[serde(default)]
    pub(crate) says: Vec<String>,
    /// The field that the error points at.
    pub(crate) field: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Reason {
    #[serde(rename = "Code")]
    code: String,
}

#[derive(Deserialize)]
struct Table {
    answers: Vec<Answer>,
}

/// What stands in the places of messages.
const WORDS: [(&str, &str); 14] = [
    ("account", "123456789012"),
    ("arn", "arn:aws:iam::123456789012:policy/boundary"),
    ("cidr", "10.0.0.0/24"),
    ("id", "vpc-0123456789abcdef0"),
    ("limit", "1"),
    ("name", "name"),
    ("number", "100"),
    ("partition", "aws"),
    ("region", "us-east-1"),
    ("resource", "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0123456789abcdef0"),
    ("rule", "peer: 10.0.0.0/24"),
    ("trace", "1-0"),
    ("vpc", "vpc-0123456789abcdef0"),
    ("why", "because"),
];

impl Answer {
    /// The failed call, of each of the actions that answer so.
    pub(crate) fn errors(&self, all: &BTreeSet<String>) -> Vec<CallError> {
        let actions = all.iter().filter(|action| self.actions.iter().any(|pattern| matches(action, pattern)));
        actions.map(|action| self.error(action)).collect()
    }

    fn error(&self, action: &str) -> CallError {
        let action: &'static str = action.to_owned().leak();
        let message = filled(&self.message, action);
        if self.entry {
            return CallError::answered(action, &self.code, message);
        }
        let reasons: Vec<&str> = self.reasons.iter().map(|reason| reason.code.as_str()).collect();
        CallError::said(action, Some(self.status), &self.code, message, &reasons)
    }
}

/// A text with every place filled that any answer has.
pub(crate) fn filled(text: &str, action: &str) -> String {
    let text = text.replace("{action}", action);
    WORDS.iter().fold(text, |text, (name, word)| text.replace(&format!("{{{name}}}"), word))
}

fn matches(action: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(action == pattern, |begin| action.starts_with(begin))
}

/// Every answer, and every action that one is recorded of.
pub(crate) fn recorded() -> (Vec<Answer>, BTreeSet<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded");
    let mut answers = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let table: Table = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            answers.extend(table.answers);
        }
    }
    let named = answers.iter().flat_map(|answer| &answer.actions);
    let actions = named.filter(|action| !action.contains('*')).cloned().collect();
    (answers, actions)
}

#[test]
fn every_answer_means_what_is_recorded() {
    let (answers, actions) = recorded();
    assert!(answers.len() > 200 && actions.len() > 80, "{} answers of {} actions", answers.len(), actions.len());
    let mut wrong = Vec::new();
    for answer in &answers {
        for error in answer.errors(&actions) {
            let may_pass = error.class == Class::Denied && !answer.r#final;
            if error.class != answer.means || error.may_be_allowed_yet() != may_pass {
                wrong.push(format!("{error} is taken for {:?}, and not for {:?}", error.class, answer.means));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whatever the answer: the action, what AWS said, and what to do, in one sentence.
#[test]
fn every_failure_says_what_it_was_and_what_to_do() {
    let (answers, actions) = recorded();
    for answer in &answers {
        for error in answer.errors(&actions) {
            let said = [error.action, &error.code, &error.message].map(ToOwned::to_owned);
            let failure = Failure::from(error);
            for said in said {
                assert!(failure.message.contains(&said), "{said:?} is not in {failure}");
            }
            let (_, advice) = failure.message.rsplit_once("; ").unwrap();
            assert!(advice.len() > 15, "{failure} says nothing of what to do");
            for word in answer.says.iter().filter(|word| !word.contains('{')) {
                assert!(failure.message.contains(word), "{word:?} is not in {failure}, {:?}", answer.when);
            }
            assert!(answer.kind.as_ref().is_none_or(|kind| kind == failure.kind.as_str()), "{failure:?}");
        }
    }
}
