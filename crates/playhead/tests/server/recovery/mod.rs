//! Servers that are killed, and logs that are damaged.

mod answers;
mod crashes;
mod damage;
