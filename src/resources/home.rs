//! Where things belong, so that one look at a whole region tells whose each is.

use ringfence_observed::Observed;

/// Where something that was read belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// In this VPC.
    Vpc(String),
    /// To this environment, by its name.
    Environment(String),
    /// To whoever looks: it is the same for all.
    Everywhere,
}

/// Those who were looked at.
pub(super) trait Homes {
    /// Whose a thing with this home is: of several where it is everywhere, of nobody where its VPC is nobody's.
    fn at(&mut self, home: &Home) -> Vec<&mut Observed>;
}

/// In a look at one environment all that was read is its own.
impl Homes for Observed {
    fn at(&mut self, _: &Home) -> Vec<&mut Observed> {
        vec![self]
    }
}
