//! What brought a request.

/// What brought a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// An EventBridge rule.
    EventBridge,
    /// The whole event is the request: EventBridge Scheduler, Step Functions, a direct invocation.
    Direct,
}

impl Carrier {
    /// Whether being busy is an answer rather than an error. EventBridge invokes asynchronously, and Lambda repeats
    /// such an invocation when it fails: retries of what is recorded already would only pile up.
    pub(super) const fn takes_busy_as_answer(self) -> bool {
        matches!(self, Self::EventBridge)
    }

    /// Its name in the log.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::EventBridge => "eventbridge",
            Self::Direct => "direct",
        }
    }
}
