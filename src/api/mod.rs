//! `/api/v1`: what the dashboard uses, and scripts may.
//!
//! Handlers parse, call one function and map its result; errors are [`Problem`]s. The OpenAPI document is made from the
//! handlers and served beside them. It also decides which query parameters an operation takes: all others are refused by
//! name (`parameters`), as are unknown fields of bodies.

mod auth;
mod banners;
#[allow(unused_qualifications, reason = "the OpenAPI macro writes them")]
mod conversions;
mod goals;
#[allow(unused_qualifications, reason = "the OpenAPI macro writes them")]
pub(crate) mod imports;
mod json;
pub mod matomo;
mod parameters;
mod problem;
#[allow(unused_qualifications, reason = "the OpenAPI macro writes them")]
mod reports;
mod session;
mod settings;
mod sites;
mod system;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub use auth::Caller;
pub use problem::Problem;

#[derive(OpenApi)]
#[openapi(info(
    title = "Footfall",
    description = "Counts of a Footfall server. Sign in with a session cookie, or send `Authorization: Bearer TOKEN`.",
    license(name = "Apache-2.0 OR MIT")
))]
struct Document;

/// All operations, by who they are for.
pub fn router() -> Router<Arc<App>> {
    let (router, document) = OpenApiRouter::with_openapi(Document::openapi())
        // Anybody
        .routes(routes!(session::show, session::sign_in, session::sign_out))
        .routes(routes!(session::set_up))
        // Who may read
        .routes(routes!(sites::list, sites::add))
        .routes(routes!(sites::snippet))
        .routes(routes!(sites::status))
        .routes(routes!(reports::overview))
        .routes(routes!(reports::breakdown))
        .routes(routes!(conversions::conversions))
        .routes(routes!(reports::banners))
        .routes(routes!(reports::dropped))
        .routes(routes!(goals::list, goals::add))
        // Who may change a site
        .routes(routes!(sites::show, sites::change, sites::delete))
        .routes(routes!(settings::show, settings::change))
        .routes(routes!(goals::change, goals::delete))
        // Who may change banners
        .routes(routes!(banners::campaigns, banners::add_campaign))
        .routes(routes!(banners::archive))
        .routes(routes!(banners::creatives, banners::add_creative))
        .routes(routes!(banners::placements, banners::add_placement))
        .routes(routes!(banners::tags))
        // Who may send hits as a server
        .routes(routes!(imports::open))
        .routes(routes!(imports::take))
        // Whose account it is
        .routes(routes!(session::change_password))
        // Operators
        .routes(routes!(system::flush))
        .routes(routes!(system::dropped))
        .routes(routes!(settings::default_search, settings::set_default_search))
        .routes(routes!(tokens::list))
        .routes(routes!(tokens::revoke))
        .split_for_parts();
    let known = Arc::new(parameters::Known::of(&document));
    let document = axum::Json(document);
    let router = router.route_layer(from_fn_with_state(known, parameters::refuse_unknown));
    router.route("/api/v1/openapi.json", get(async move || document.clone()))
}
