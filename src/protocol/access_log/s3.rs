//! Lines of S3's server access logs.

use super::combined::split_at_time;
use super::fields::{Fields, address, given, quoted, size, status_code, text_word};

/// Operations that answer with an object.
const READS: [&str; 2] = ["REST.GET.OBJECT", "WEBSITE.GET.OBJECT"];

/// Hosts that are the bucket's own, and so none of the site's.
const OWN_HOSTS: &str = ".amazonaws.com";

/// Takes a line apart: `OWNER BUCKET [TIME] ADDRESS REQUESTER ID OPERATION KEY "REQUEST" STATUS ERROR SENT SIZE
/// DURATION DURATION "REFERRER" "AGENT" VERSION ID SIGNATURE CIPHER AUTHENTICATION HOST ...`.
pub(super) fn read(line: &[u8]) -> Option<Fields> {
    let (head, time, tail) = split_at_time(line)?;
    let (_, bucket) = std::str::from_utf8(head).ok()?.split_once(' ')?;
    let ([client, _, _, operation, key], tail) = words(tail)?;
    let is_read = READS.contains(&operation) || !operation.contains('.');
    let (request, tail) = quoted(tail.trim_ascii_start()).or_else(|| bare(tail))?;
    let ([status, _, sent, _, _, _], tail) = words(tail)?;
    let (referrer, tail) = quoted(tail.trim_ascii_start()).or_else(|| bare(tail))?;
    let (agent, tail) = quoted(tail.trim_ascii_start()).or_else(|| bare(tail))?;
    let host = words::<6>(tail).map(|([_, _, _, _, _, host], _)| host);
    let host = host.filter(|host| *host != "-" && !host.ends_with(OWN_HOSTS)).map(str::to_owned);
    Some(Fields {
        host,
        address: address(client)?,
        forwarded: None,
        time,
        request: if is_read { without_bucket(&request, bucket, key) } else { "-".to_owned() },
        status: status_code(status).or((status == "-").then_some(0))?,
        bytes: size(sent)?,
        referrer: given(referrer),
        agent: Some(given(agent)),
        extras: 0,
    })
}

/// The next words.
fn words<const N: usize>(mut rest: &[u8]) -> Option<([&str; N], &[u8])> {
    let mut words = [""; N];
    for place in &mut words {
        (*place, rest) = text_word(rest).filter(|(word, _)| !word.is_empty())?;
    }
    Some((words, rest))
}

/// A field that may be quoted and is not.
fn bare(rest: &[u8]) -> Option<(String, &[u8])> {
    text_word(rest).map(|(word, rest)| (word.to_owned(), rest))
}

/// The bucket is part of a path when it is not part of the host.
fn without_bucket(request: &str, bucket: &str, key: &str) -> String {
    let prefix = format!("/{bucket}/");
    match request.split_once(' ') {
        Some((method, target)) if !key.starts_with(prefix.trim_start_matches('/')) => {
            let target = target.strip_prefix(&prefix).map_or(target.to_owned(), |rest| format!("/{rest}"));
            format!("{method} {target}")
        }
        _ => request.to_owned(),
    }
}
