//! Patterns in policies, and ARNs.

/// Whether `pattern` matches every text that `covered`, itself a pattern, matches. `*` stands for any characters, `?`
/// for one; a wildcard of `covered` is only matched by a `*` of `pattern`.
pub(super) fn covers(pattern: &str, covered: &str) -> bool {
    let (pattern, covered): (Vec<char>, Vec<char>) = (pattern.chars().collect(), covered.chars().collect());
    // The usual greedy match: on a mismatch the last star takes one character more.
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < covered.len() {
        let one = pattern.get(at).copied();
        if one == Some('*') {
            star = Some((at, seen));
            at += 1;
        } else if one == Some(covered[seen]) || (one == Some('?') && covered[seen] != '*') {
            at += 1;
            seen += 1;
        } else if let Some((last, taken)) = star {
            star = Some((last, taken + 1));
            at = last + 1;
            seen = taken + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|one| *one == '*')
}

/// Whether a text holds a wildcard or a policy variable.
pub(super) fn is_open(text: &str) -> bool {
    text.contains(['*', '?']) || text.contains("${")
}

/// The parts of `arn:partition:service:region:account:resource`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    pub(super) partition: &'a str,
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Takes an ARN apart; `None` when it is none.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let prefix = parts.next()?;
        let arn = Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        (prefix == "arn" && !arn.resource.is_empty()).then_some(arn)
    }

    /// The bucket of an S3 ARN, and the key or its pattern.
    pub(super) fn bucket(&self) -> Option<(&'a str, Option<&'a str>)> {
        (self.service == "s3" && self.region.is_empty() && self.account.is_empty()).then(|| {
            match self.resource.split_once('/') {
                Some((bucket, key)) => (bucket, Some(key)),
                None => (self.resource, None),
            }
        })
    }
}
