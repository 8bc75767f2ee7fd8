//! What a client is told when something fails.

use pgwire::error::{ErrorInfo, PgWireError};
use playhead_model::report::ReportError;
use playhead_server::console::SqlError;

pub(super) fn error(code: &str, message: String) -> PgWireError {
    let info = ErrorInfo::new("ERROR".to_owned(), code.to_owned(), message);
    PgWireError::UserError(Box::new(info))
}

pub(super) fn refused(why: SqlError) -> PgWireError {
    match why {
        SqlError::Busy(busy) => error("53300", busy.to_string()),
        SqlError::Failed(why) => failed(why),
    }
}

pub(super) fn failed(why: ReportError) -> PgWireError {
    let code = match &why {
        ReportError::Invalid { .. } => "42601",
        ReportError::TooLarge { .. } => "54000",
        ReportError::Gone(_) | ReportError::Unavailable(_) => "57P03",
        ReportError::Internal(_) => "XX000",
    };
    let message = match why {
        ReportError::Invalid { message, .. } => message,
        other => other.to_string(),
    };
    error(code, message)
}
