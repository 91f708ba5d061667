//! Which policy denied a call, as AWS says at the end of its message.

use std::fmt;

/// A kind of policy, in AWS's words
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    Identity,
    Boundary,
    ServiceControl,
    ResourceControl,
    Session,
    Endpoint,
    Resource,
}

impl Policy {
    const WORDS: [(&'static str, Self); 7] = [
        ("identity-based policy", Self::Identity),
        ("permissions boundary", Self::Boundary),
        ("service control policy", Self::ServiceControl),
        ("resource control policy", Self::ResourceControl),
        ("session policy", Self::Session),
        ("VPC endpoint policy", Self::Endpoint),
        ("resource-based policy", Self::Resource),
    ];
}

/// Why a call was denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Denial<'a> {
    /// The permission that is lacking: the call's own, or one that it needs beside, such as `iam:PassRole`. `None`
    /// where AWS does not say.
    pub(super) permission: Option<&'a str>,
    /// The policy, and whether it denies outright; the alternative is that none of its kind allows it. `None` where AWS
    /// does not say.
    pub(super) by: Option<(Policy, bool)>,
    /// Whether AWS says more in a form that it must be asked to decode.
    encoded: bool,
}

impl<'a> Denial<'a> {
    /// What the message of a denial says.
    pub(super) fn of(message: &'a str) -> Self {
        let after = |words: &str| message.split_once(words).map(|(_, rest)| rest);
        let permission = after("not authorized to perform: ").and_then(|rest| rest.split_whitespace().next());
        let kind = |rest: &str| Policy::WORDS.iter().find(|(words, _)| rest.starts_with(words)).map(|(_, kind)| *kind);
        let outright = after("with an explicit deny in a").map(|rest| rest.trim_start_matches('n').trim_start());
        let by = outright.and_then(kind).map(|kind| (kind, true));
        let by = by.or_else(|| after("because no ").and_then(kind).map(|kind| (kind, false)));
        Self { permission, by, encoded: message.contains("Encoded authorization failure message") }
    }

    /// Whether it may pass by itself: policies of the function's role go by tags, which take a while to count, and which
    /// what is gone has none of. Nobody else's policies know these tags.
    pub(super) fn may_pass(&self) -> bool {
        self.by.is_none_or(|(policy, _)| policy == Policy::Identity)
    }
}

impl fmt::Display for Denial<'_> {
    /// What to do about it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.by {
            None | Some((Policy::Identity, false)) => "allow it in the function's role",
            Some((Policy::Identity, true)) => {
                "a policy of the function's role denies it outright: make an exception there"
            }
            Some((Policy::Boundary, true)) => {
                "the permissions boundary of the function's role denies it outright: make an exception there"
            }
            Some((Policy::Boundary, false)) => {
                "the permissions boundary of the function's role does not allow it: allow it there"
            }
            Some((Policy::ServiceControl, outright)) => {
                if outright {
                    "a service control policy of the organization denies it, whatever the function's role allows: ask \
                     whoever keeps it for an exception"
                } else {
                    "no service control policy of the organization allows it, whatever the function's role allows: ask \
                     whoever keeps them"
                }
            }
            Some((Policy::ResourceControl, _)) => {
                "a resource control policy of the organization stands against it: ask whoever keeps it for an exception"
            }
            Some((Policy::Session, _)) => "the policy of the session stands against it: call the function without one",
            Some((Policy::Endpoint, _)) => {
                "the policy of the VPC endpoint that the function calls AWS through stands against it: allow it there"
            }
            Some((Policy::Resource, _)) => "the policy of the resource itself stands against it: allow it there",
        })?;
        if self.encoded {
            formatter.write_str("; aws sts decode-authorization-message --encoded-message … says more of why")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("You are not authorized to perform this operation.", None, None)]
    #[case("no identity-based policy allows it", None, None)]
    #[case(
        "User: u is not authorized to perform: a:B on resource: r because no session policy allows the a:B action",
        Some("a:B"),
        Some((Policy::Session, false))
    )]
    #[case(
        "User: u is not authorized to perform: a:B with an explicit deny in a VPC endpoint policy",
        Some("a:B"),
        Some((Policy::Endpoint, true))
    )]
    #[case(
        "User: u is not authorized to perform: a:B on resource: r with an explicit deny in an identity-based policy: arn",
        Some("a:B"),
        Some((Policy::Identity, true))
    )]
    #[case(
        "User: u is not authorized to perform: a:B on resource: r with an explicit deny in a resource control policy",
        Some("a:B"),
        Some((Policy::ResourceControl, true))
    )]
    #[case(
        "User: u is not authorized to perform: a:B on resource: r because no resource-based policy allows the a:B action",
        Some("a:B"),
        Some((Policy::Resource, false))
    )]
    fn reads_who_denied_it(
        #[case] message: &str,
        #[case] permission: Option<&str>,
        #[case] by: Option<(Policy, bool)>,
    ) {
        let denial = Denial::of(message);
        assert_eq!((denial.permission, denial.by), (permission, by));
        assert_eq!(denial.may_pass(), by.is_none_or(|(policy, _)| policy == Policy::Identity));
    }
}
