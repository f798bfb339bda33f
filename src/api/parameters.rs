//! Query parameters that an operation does not have are refused by name.
//!
//! A filter that is spelled wrong and passed over shows figures of everybody as if they were the filtered ones. What an
//! operation takes is what the OpenAPI document says, so that a handler can't forget to ask: a parameter that is not
//! documented never reaches it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, State};
use axum::http::{Method, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::{OpenApi, RefOr};

use super::Problem;

/// Accepted everywhere: who is asking.
const TOKEN: &str = "token_auth";

/// Longest name that an answer repeats, in characters.
const MAX_SHOWN: usize = 60;

/// The query parameters of each operation, by its path and method.
pub(super) struct Known(HashMap<(String, Method), Vec<String>>);

impl Known {
    /// What a document says.
    pub fn of(document: &OpenApi) -> Known {
        let operations = document.paths.paths.iter().flat_map(|(path, item)| {
            operations(item).map(move |(method, operation)| ((path.clone(), method), names(operation)))
        });
        Known(operations.collect())
    }

    /// The problem with a query, if there is one. Paths that the document leaves out take anything.
    fn problem(&self, path: &str, method: &Method, query: &str) -> Option<Problem> {
        let method = if method == Method::HEAD { Method::GET } else { method.clone() };
        let known = self.0.get(&(path.to_owned(), method))?;
        let mut asked = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
        let stranger = asked.find(|name| name != TOKEN && !known.iter().any(|own| own == name))?;
        Some(Problem::bad_request(refusal(&stranger, known)))
    }
}

fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    let all = [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn names(operation: &Operation) -> Vec<String> {
    let of_query = |parameter: &RefOr<Parameter>| match parameter {
        RefOr::T(parameter) if matches!(parameter.parameter_in, ParameterIn::Query) => {
            Some(parameter.name.clone())
        }
        _ => None,
    };
    operation.parameters.iter().flatten().filter_map(of_query).collect()
}

fn refusal(stranger: &str, known: &[String]) -> String {
    let short: String = stranger.chars().take(MAX_SHOWN).collect();
    let taken = match known {
        [] => "none".to_owned(),
        known => known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    };
    format!("`{short}` is not a parameter of this request; it takes {taken}")
}

/// Lets a request through whose query has nothing but what its operation takes.
pub(super) async fn refuse_unknown(
    State(known): State<Arc<Known>>,
    path: MatchedPath,
    request: Request<Body>,
    next: Next,
) -> Response {
    let query = request.uri().query().unwrap_or_default();
    match known.problem(path.as_str(), request.method(), query) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}
