//! The HTTP edge: what may be asked for, and by whom. Nothing is counted or computed here.

mod answer;
mod assets;
mod banner;
mod body;
mod bulk;
mod client_ip;
mod collect;
mod encoding;
mod front;
mod health;
mod middleware;
mod origin;
mod reconciliation;
mod router;

pub(crate) use body::budget;
pub(crate) use front::Front;
