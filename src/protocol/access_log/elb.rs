//! Lines of AWS's load balancers, classic and application.

use super::fields::{Fields, address_before_port, given, quoted, size, status_code, text_word};
use super::times;

/// What an application load balancer's lines begin with.
const KINDS: [&str; 6] = ["http", "https", "h2", "grpcs", "ws", "wss"];

/// Takes a line apart: `[KIND] TIME NAME CLIENT TARGET 3 DURATIONS STATUS STATUS RECEIVED SENT "REQUEST" "AGENT"`.
pub(super) fn read(line: &[u8]) -> Option<Fields> {
    let (first, rest) = text_word(line)?;
    let (time, rest) = match KINDS.contains(&first) {
        true => text_word(rest)?,
        false => (first, rest),
    };
    let time = times::iso(time).filter(|_| time.contains('T'))?;
    let (mut words, mut rest) = ([""; 10], rest);
    for place in &mut words {
        (*place, rest) = text_word(rest)?;
    }
    let [_, client, _, _, _, _, status, _, _, sent] = words;
    let (request, rest) = quoted(rest.trim_ascii_start())?;
    let agent = quoted(rest.trim_ascii_start()).map(|(agent, _)| given(agent));
    Some(Fields {
        host: None,
        address: address_before_port(client)?,
        forwarded: None,
        time,
        request,
        status: status_code(status).or((status == "-").then_some(0))?,
        bytes: size(sent)?,
        referrer: None,
        agent,
        extras: 0,
    })
}
