//! Why a report is not answered.

/// What is wrong, with the field of the request or the limit that strikes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// The request makes no sense.
    #[error("{field}: {message}")]
    Invalid { field: String, message: String },
    /// The request is fine, but asks for more than a limit allows.
    #[error("{message} (limit {limit})")]
    TooLarge {
        limit: &'static str,
        message: String,
    },
    /// What it is made of is no longer kept, or was replaced.
    #[error("{0}")]
    Gone(String),
    /// It can be asked again later.
    #[error("{0}")]
    Unavailable(String),
    /// It failed through no fault of the asker.
    #[error("{0}")]
    Internal(String),
}

impl ReportError {
    /// A field of the request is wrong.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            message: message.into(),
        }
    }
}
