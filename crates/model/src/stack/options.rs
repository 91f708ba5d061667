//! What an environment has only where its spec asks for it, and the tag of the VPC that says so.
//!
//! Nobody else should pay for looking after such resources. So the VPC carries the words of all options that it ever
//! had: written before the first such resource is made, kept while the VPC stands, and gone with it, after them.

use std::collections::BTreeSet;

use super::Stack;
use crate::spec::Spec;
use ringfence_observed::Tags;

/// The tag of a VPC that names the options it has or had.
pub const OPTIONS: &str = "ringfence:options";

/// Something that an environment has only where it is asked for, in resources of kinds that are not read otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StackOption {
    /// `training.cluster`: a cluster placement group.
    Cluster,
    /// `egress.allow_domains`: a DNS Firewall.
    DnsFirewall,
    /// `access.instance_connect`: an EC2 Instance Connect Endpoint.
    InstanceConnect,
}

impl StackOption {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cluster, Self::DnsFirewall, Self::InstanceConnect];

    /// The word for it in the tag.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::DnsFirewall => "dns-firewall",
            Self::InstanceConnect => "instance-connect",
        }
    }

    /// Whether a spec asks for it.
    #[must_use]
    pub const fn is_asked(self, spec: &Spec) -> bool {
        match self {
            Self::Cluster => spec.training.cluster,
            Self::DnsFirewall => spec.egress.allow_domains.is_some(),
            Self::InstanceConnect => spec.access.instance_connect,
        }
    }

    /// All that a spec asks for.
    #[must_use]
    pub fn asked(spec: &Spec) -> Vec<Self> {
        Self::ALL.into_iter().filter(|option| option.is_asked(spec)).collect()
    }

    /// Whether the tags of a VPC name it.
    #[must_use]
    pub fn is_named(self, tags: &Tags) -> bool {
        words(tags).any(|word| word == self.as_str())
    }
}

fn words(tags: &Tags) -> impl Iterator<Item = &str> {
    tags.get(OPTIONS).into_iter().flat_map(|words| words.split(' ')).filter(|word| !word.is_empty())
}

/// What the tag of a VPC with these tags must say: all that it says, also in words of another version, and what is
/// asked for. `None` where there is nothing to say.
#[must_use]
pub fn options_tag(stack: &Stack, observed: &Tags) -> Option<String> {
    let asked = StackOption::asked(&stack.spec);
    let all: BTreeSet<&str> = words(observed).chain(asked.iter().map(|option| option.as_str())).collect();
    (!all.is_empty()).then(|| all.into_iter().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(words: &str) -> Tags {
        Tags::from([(OPTIONS.to_owned(), words.to_owned())])
    }

    #[test]
    fn the_tag_names_whole_words() {
        assert!(StackOption::Cluster.is_named(&tags("cluster instance-connect")));
        assert!(!StackOption::Cluster.is_named(&tags("clusters")));
        assert!(!StackOption::DnsFirewall.is_named(&Tags::new()));
    }

    #[test]
    fn the_tag_only_ever_grows() {
        let mut stack = crate::stack::wanted::some_stack("10.0.0.0/16");
        assert_eq!(options_tag(&stack, &Tags::new()), None);
        assert_eq!(options_tag(&stack, &tags("cluster")).as_deref(), Some("cluster"));
        stack.spec.access.instance_connect = true;
        assert_eq!(options_tag(&stack, &tags("zonal cluster")).as_deref(), Some("cluster instance-connect zonal"));
    }
}
