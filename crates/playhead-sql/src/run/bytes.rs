//! Answers as bytes, which go to a client of the console piece by piece.

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use playhead_model::report::ReportError;
use playhead_server::console::{Format, Outcome, Pieces, Question, SqlError};
use tokio::sync::{mpsc, oneshot};

use super::work::{Job, Taker};
use super::{Queries, Stopped};
use crate::check;
use crate::error::invalid;
use crate::output::{Encoder, encoder};

/// What is written before an answer begins: as long as it holds back, a failure is told as one.
const FIRST_BYTES: usize = 256 << 10;
/// What is written at a time after that.
const PIECE_BYTES: usize = 64 << 10;
/// Pieces that wait for a client.
const PIECES_MAX: usize = 4;

impl Queries {
    /// Runs a query; answers when the first piece is there.
    pub(super) async fn bytes(&self, question: Question) -> Result<Pieces, SqlError> {
        let turn = self.turn().await?;
        let statement = match check::query(&question.sql) {
            Ok(statement) => statement,
            // Threads are for what runs.
            Err(refused) => {
                turn.asking.end(Outcome::Refused);
                return Err(refused.into());
            }
        };
        let job = Job {
            statement,
            parameters: Vec::new(),
        };
        let (begun, has_begun) = oneshot::channel();
        let (pieces, answer) = mpsc::channel(PIECES_MAX);
        let writing = Writing {
            format: question.format,
            encoder: None,
            begun: Some(begun),
            pieces,
            has_ended: false,
        };
        turn.run(job, writing)?;
        match has_begun.await {
            Ok(Ok(())) => Ok(answer),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(ReportError::Internal("a query panicked".to_owned()).into()),
        }
    }
}

/// An answer while it is written.
struct Writing {
    format: Format,
    encoder: Option<Box<dyn Encoder>>,
    /// Says that there is an answer, or why there is none.
    begun: Option<oneshot::Sender<Result<(), ReportError>>>,
    pieces: mpsc::Sender<Option<Bytes>>,
    has_ended: bool,
}

fn cannot(error: datafusion::arrow::error::ArrowError) -> ReportError {
    invalid(format!("the answer cannot be written: {error}"))
}

impl Taker for Writing {
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), ReportError> {
        self.encoder = Some(encoder(self.format, schema).map_err(cannot)?);
        Ok(())
    }

    fn rows(&mut self, batch: RecordBatch) -> Result<(), ReportError> {
        match &mut self.encoder {
            Some(encoder) => encoder.rows(&batch).map_err(cannot),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), ReportError> {
        self.has_ended = true;
        match &mut self.encoder {
            Some(encoder) => encoder.end().map_err(cannot),
            None => Ok(()),
        }
    }

    async fn hand_on(&mut self) -> Result<(), Stopped> {
        let enough = match &self.begun {
            _ if self.has_ended => 0,
            Some(_) => FIRST_BYTES,
            None => PIECE_BYTES,
        };
        let Some(encoder) = self.encoder.as_mut().filter(|it| it.len() >= enough) else {
            return Ok(());
        };
        let piece = encoder.take();
        if let Some(begun) = self.begun.take()
            && begun.send(Ok(())).is_err()
        {
            return Err(Stopped::Gone);
        }
        let sent = self.pieces.send(Some(piece.into())).await;
        sent.map_err(|_| Stopped::Gone)?;
        if self.has_ended {
            return self.pieces.send(None).await.map_err(|_| Stopped::Gone);
        }
        Ok(())
    }

    async fn nobody_waits(&mut self) {
        match &mut self.begun {
            Some(begun) => begun.closed().await,
            None => self.pieces.closed().await,
        }
    }

    fn fail(&mut self, error: ReportError) {
        if let Some(begun) = self.begun.take() {
            // Nobody waits any more if this fails.
            return drop(begun.send(Err(error)));
        }
        if let Some(encoder) = &mut self.encoder
            && !self.has_ended
            && encoder.fail(&error)
        {
            let last = encoder.take().into();
            let mut pieces = [Some(last), None].into_iter();
            // For one who reads too slowly to take this the answer breaks off.
            drop(pieces.try_for_each(|piece| self.pieces.try_send(piece)));
        }
    }
}
