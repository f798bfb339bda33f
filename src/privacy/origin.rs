//! What a connection says about who is at the other end.

use std::net::IpAddr;

use super::device::Hints;
use super::{Sensitive, page_url};

/// The sender of a request, as the HTTP edge found it. It can't be printed or stored.
///
/// ```compile_fail
/// fn print<T: std::fmt::Debug>(_: T) {}
/// fn check(origin: footfall::privacy::Origin) { print(origin) }
/// ```
pub struct Origin {
    /// Address of the visitor: the peer's, or what a trusted proxy says.
    pub address: Sensitive<IpAddr>,
    /// `User-Agent`.
    pub agent: Sensitive<String>,
    /// `Accept-Language`.
    pub language: Sensitive<String>,
    /// `Sec-CH-UA`.
    pub hint_brands: Option<Sensitive<String>>,
    /// `Sec-CH-UA-Platform`.
    pub hint_platform: Option<Sensitive<String>>,
    /// `Sec-CH-UA-Mobile`.
    pub hint_mobile: Option<Sensitive<String>>,
    /// `Referer`: the page, for an image without a `url`.
    pub page: Option<String>,
    /// `Origin`: scheme and host of the page, or of the frame, that sends the request; absent when the browser keeps it to
    /// itself (`null`) or sends none.
    pub document: Option<String>,
    /// Whether this was fetched ahead of a view that may never happen.
    pub prefetch: bool,
}

impl Origin {
    /// Host of the page, or of the frame, that sent the request, without `www.`: of its `Origin`, or of its `Referer`, which
    /// a policy may have cut to the same. Nothing when neither names one.
    pub fn sending_host(&self) -> Option<String> {
        let host = |address: &Option<String>| page_url::host(address.as_deref()?);
        host(&self.document).or_else(|| host(&self.page))
    }

    /// The client hints that came as headers.
    pub(in crate::privacy) fn hints(&self) -> Hints<'_> {
        Hints {
            sec_ch_ua: text_of(&self.hint_brands),
            sec_ch_ua_platform: text_of(&self.hint_platform),
            sec_ch_ua_mobile: text_of(&self.hint_mobile),
            uadata_json: None,
        }
    }
}

fn text_of(hint: &Option<Sensitive<String>>) -> Option<&str> {
    hint.as_ref().map(|hint| hint.open().as_str())
}
