//! A policy document and its JSON.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Statement, values};

/// A policy document.
///
/// It is written as compact JSON, the same for the same document. What AWS gives back is read with
/// [`str::parse`]; elements that the policy language does not know are refused.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Document {
    /// The version of the policy language.
    #[serde(default)]
    pub version: Version,
    /// A name that some services give to a document; it decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The statements. Their order decides nothing.
    #[serde(deserialize_with = "values::objects")]
    pub statement: Vec<Statement>,
}

/// A version of the policy language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Version {
    /// The first, which has no policy variables; a document without a version is of this one.
    #[default]
    #[serde(rename = "2008-10-17")]
    Original,
    /// The one in use.
    #[serde(rename = "2012-10-17")]
    Current,
}

impl Document {
    /// A document of these statements.
    pub fn new(statements: impl IntoIterator<Item = Statement>) -> Self {
        Self { version: Version::Current, id: None, statement: statements.into_iter().collect() }
    }

    /// The document as compact JSON.
    pub fn to_json(&self) -> String {
        self.to_string()
    }

    /// How many characters AWS counts.
    pub fn size(&self) -> usize {
        self.to_json().chars().count()
    }
}

impl fmt::Display for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        formatter.write_str(&json)
    }
}

impl FromStr for Document {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// How long AWS lets documents be.
///
/// IAM does not count white space, EC2 does; compact JSON satisfies both. For roles see
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>, for endpoints
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// All inline policies of a role together.
    InlinePolicies,
    /// The trust policy of a role: the default quota, which an account can have raised.
    #[cfg(test)]
    TrustPolicy,
    /// The policy of a VPC endpoint.
    #[cfg(test)]
    EndpointPolicy,
}

impl Limit {
    /// The limit in characters.
    pub const fn characters(self) -> usize {
        match self {
            Self::InlinePolicies => 10_240,
            #[cfg(test)]
            Self::TrustPolicy => 2_048,
            #[cfg(test)]
            Self::EndpointPolicy => 20_480,
        }
    }
}

/// Documents that are longer than AWS lets them be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{size} characters of policy, where AWS takes {}", limit.characters())]
pub struct TooLarge {
    /// How long they are, in characters.
    pub size: usize,
    /// The limit that they break.
    pub limit: Limit,
}

/// Whether the documents that share a limit keep it.
pub fn check_size<'a>(documents: impl IntoIterator<Item = &'a Document>, limit: Limit) -> Result<(), TooLarge> {
    let size = documents.into_iter().map(Document::size).sum();
    if size > limit.characters() {
        return Err(TooLarge { size, limit });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::{Document, Limit, TooLarge, Version, check_size};
    use crate::policy::{Operator, Principal, Statement};

    fn document() -> Document {
        Document::new([Statement::allow("Read", ["s3:GetObject", "s3:GetObjectVersion"])
            .by(Principal::Anyone)
            .on("arn:aws:s3:::data/*")
            .when(Operator::STRING_EQUALS, "aws:PrincipalAccount", "123456789012")])
    }

    #[test]
    fn is_written_compactly_with_the_elements_in_the_usual_order() {
        let expected = concat!(
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","#,
            r#""Principal":"*","Action":["s3:GetObject","s3:GetObjectVersion"],"#,
            r#""Resource":"arn:aws:s3:::data/*","Condition":"#,
            r#"{"StringEquals":{"aws:PrincipalAccount":"123456789012"}}}]}"#,
        );
        assert_eq!(document().to_json(), expected);
    }

    #[test]
    fn a_single_statement_needs_no_array_and_a_missing_version_is_the_original() {
        let text = json!({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}});
        let read: Document = text.to_string().parse().unwrap();
        assert_eq!(read.statement.len(), 1);
        assert_eq!(read.version, Version::Original);
    }

    #[rstest]
    #[case::unknown_element(json!({"Version": "2012-10-17", "Statement": [], "Extra": 1}))]
    #[case::unknown_version(json!({"Version": "2024-01-01", "Statement": []}))]
    #[case::no_statements(json!({"Version": "2012-10-17"}))]
    fn refuses_what_is_no_document(#[case] text: serde_json::Value) {
        assert!(text.to_string().parse::<Document>().is_err());
        assert!(!document().same_as(&text.to_string()));
    }

    #[test]
    fn sizes_add_up_against_the_limit() {
        let one = document();
        let fitting = Limit::TrustPolicy.characters() / one.size();
        assert_eq!(check_size(std::iter::repeat_n(&one, fitting), Limit::TrustPolicy), Ok(()));
        let error = check_size(std::iter::repeat_n(&one, fitting + 1), Limit::TrustPolicy);
        let size = one.size() * (fitting + 1);
        assert_eq!(error, Err(TooLarge { size, limit: Limit::TrustPolicy }));
        let message = error.unwrap_err().to_string();
        assert_eq!(message, format!("{size} characters of policy, where AWS takes 2048"));
    }
}
