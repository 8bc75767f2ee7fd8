//! A queue in pieces: growing copies nothing, and what is left behind goes back piece by piece.

use std::collections::VecDeque;
use std::ops::Index;

/// Entries of one piece.
const PIECE: usize = 256;

/// First in, first out, with access by place.
#[derive(Debug)]
pub(super) struct Queue<T> {
    /// All full but the last.
    pieces: VecDeque<Vec<T>>,
    /// Entries of the first piece that have left.
    left: usize,
    len: usize,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            pieces: VecDeque::new(),
            left: 0,
            len: 0,
        }
    }
}

impl<T: Copy> Queue<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn push_back(&mut self, entry: T) {
        self.len += 1;
        if let Some(last) = self.pieces.back_mut()
            && last.len() < PIECE
        {
            return last.push(entry);
        }
        let mut piece = Vec::with_capacity(PIECE);
        piece.push(entry);
        self.pieces.push_back(piece);
    }

    pub(super) fn front(&self) -> Option<&T> {
        self.pieces.front()?.get(self.left)
    }

    pub(super) fn pop_front(&mut self) -> Option<T> {
        let entry = *self.front()?;
        self.len -= 1;
        self.left += 1;
        if self.left == PIECE || self.len == 0 {
            self.pieces.pop_front();
            self.left = 0;
        }
        Some(entry)
    }
}

impl<T> Index<usize> for Queue<T> {
    type Output = T;

    fn index(&self, place: usize) -> &T {
        let place = self.left + place;
        &self.pieces[place / PIECE][place % PIECE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_first_leaves_first_however_both_alternate() {
        let mut queue = Queue::default();
        let (mut next, mut first) = (0, 0);
        for step in 0..20 * PIECE {
            // It grows over some pieces, shrinks to nothing, and grows again.
            if (step / (3 * PIECE)).is_multiple_of(2) || step.is_multiple_of(5) {
                queue.push_back(next);
                next += 1;
            } else {
                let popped = queue.pop_front();
                assert_eq!(popped, (first < next).then_some(first));
                first += usize::from(popped.is_some());
            }
            assert_eq!(queue.len(), next - first);
            assert_eq!(queue.front().copied(), (first < next).then_some(first));
            for place in [0, queue.len() / 2, queue.len().saturating_sub(1)] {
                if place < queue.len() {
                    assert_eq!(queue[place], first + place);
                }
            }
        }
    }
}
