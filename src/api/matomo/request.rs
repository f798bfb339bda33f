//! A call as it came: parameters, tokens, and the calls inside a bulk request.

use super::error::ApiError;
use crate::accounts::Principal;
use crate::app::App;
use crate::protocol::Params;

/// What came over HTTP. A parameter of the query wins over one of the body.
pub struct Request {
    pub(super) params: Params<'static>,
    /// Each `urls[...]` of a bulk request.
    pub(super) urls: Vec<String>,
    tokens: Vec<String>,
}

impl Request {
    /// Reads a query string and a form body; `bearer` is a token that came as a header.
    pub fn new(query: &[u8], body: &[u8], bearer: Option<String>) -> Request {
        let (form, url) = (Params::parse(body), Params::parse(query));
        let tokens = [&form, &url].into_iter().filter_map(|params| params.text("token_auth"));
        let tokens = tokens.map(str::to_owned).chain(bearer).collect();
        let mut params = form;
        params.extend(query);
        let urls = params.list("urls").unwrap_or_default();
        Request { params: params.into_owned(), urls, tokens }
    }

    /// Whether it is meant for this API: the dashboard has the same address.
    pub fn is_call(&self) -> bool {
        self.params.raw("module") == Some("API")
    }

    /// The call itself.
    pub(super) fn call(&self) -> Call<'_> {
        Call { params: &self.params, tokens: self.tokens.iter().map(String::as_str).collect() }
    }
}

/// One method with its parameters.
pub(super) struct Call<'a> {
    pub params: &'a Params<'a>,
    pub tokens: Vec<&'a str>,
}

impl<'a> Call<'a> {
    /// A call inside a bulk request: with its own token, or else the outer one.
    pub fn inside(outer: &Call<'a>, params: &'a Params<'a>) -> Call<'a> {
        let own = params.text("token_auth").map(|token| vec![token]);
        Call { params, tokens: own.unwrap_or_else(|| outer.tokens.clone()) }
    }

    /// The method's name.
    pub fn method(&self) -> &'a str {
        self.params.text("method").unwrap_or_default()
    }

    /// Whoever the token stands for. Two different tokens are an error: one would be used unawares.
    pub fn principal(&self, app: &App) -> Result<Principal, ApiError> {
        let Some((token, others)) = self.tokens.split_first() else { return Err(ApiError::forbidden()) };
        if others.iter().any(|other| other != token) {
            return Err(ApiError::bad("token_auth was given more than once, and not the same: send one"));
        }
        app.accounts.directory().token(token).cloned().ok_or_else(ApiError::forbidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_body_and_header_are_one_call() {
        let request =
            Request::new(b"module=API&a=query", b"a=body&token_auth=t&urls[1]=x%26y", Some("t".into()));
        assert!(request.is_call());
        assert_eq!(request.params.raw("a"), Some("query"));
        assert_eq!(request.urls, ["x&y"]);
        assert_eq!(request.call().tokens, ["t", "t"]);
    }

    #[test]
    fn an_inner_call_has_a_token_of_its_own_or_the_outer_one() {
        let request = Request::new(b"token_auth=outer", b"", None);
        let (with, without) = (Params::parse(b"token_auth=inner"), Params::parse(b"x=1"));
        assert_eq!(Call::inside(&request.call(), &with).tokens, ["inner"]);
        assert_eq!(Call::inside(&request.call(), &without).tokens, ["outer"]);
    }
}
