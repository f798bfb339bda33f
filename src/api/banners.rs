//! Campaigns, creatives, placements and their tags.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::json::Body;
use super::{Caller, Problem};
use crate::accounts::{Campaign, Creative, NewCreative, Placement, Role};
use crate::ads;
use crate::app::App;

#[derive(Serialize, ToSchema)]
pub(super) struct CampaignView {
    id: u32,
    name: String,
    /// Nothing is delivered any longer; clicks still redirect.
    archived: bool,
}

impl From<&Campaign> for CampaignView {
    fn from(campaign: &Campaign) -> CampaignView {
        CampaignView { id: campaign.id, name: campaign.name.clone(), archived: campaign.archived }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CampaignInput {
    name: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CampaignChange {
    archived: bool,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CreativeView {
    id: u32,
    campaign_id: u32,
    name: String,
    image_url: String,
    destination_url: String,
    width: u32,
    height: u32,
    alt: String,
}

impl From<&Creative> for CreativeView {
    fn from(creative: &Creative) -> CreativeView {
        let Creative { id, campaign_id, name, image_url, destination_url, width, height, alt } =
            creative.clone();
        CreativeView { id, campaign_id, name, image_url, destination_url, width, height, alt }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreativeInput {
    name: String,
    image_url: String,
    /// Where a click leads, byte for byte.
    destination_url: String,
    /// CSS pixels.
    width: u32,
    /// CSS pixels.
    height: u32,
    #[serde(default)]
    alt: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct PlacementView {
    id: u32,
    site_id: u32,
    campaign_id: u32,
    name: String,
}

impl From<&Placement> for PlacementView {
    fn from(placement: &Placement) -> PlacementView {
        let Placement { id, site_id, campaign_id, name } = placement.clone();
        PlacementView { id, site_id, campaign_id, name }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlacementInput {
    site_id: u32,
    campaign_id: u32,
    name: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct TagsView {
    /// Fetches a delivery of its own for each view.
    script: String,
    /// For places where no script runs.
    creatives: Vec<CreativeTag>,
}

#[derive(Serialize, ToSchema)]
struct CreativeTag {
    creative_id: u32,
    name: String,
    image_link: String,
}

type List<T> = Result<axum::Json<Vec<T>>, Problem>;
type Created<T> = Result<(StatusCode, axum::Json<T>), Problem>;

/// All campaigns.
#[utoipa::path(get, path = "/api/v1/campaigns", responses((status = 200, body = [CampaignView]), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn campaigns(State(app): State<Arc<App>>, caller: Caller) -> List<CampaignView> {
    caller.require(Role::View)?;
    Ok(axum::Json(app.accounts.directory().campaigns().map(CampaignView::from).collect()))
}

/// Add a campaign.
#[utoipa::path(post, path = "/api/v1/campaigns", request_body = CampaignInput,
    responses((status = 201, body = CampaignView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn add_campaign(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(input): Body<CampaignInput>,
) -> Created<CampaignView> {
    caller.require(Role::Admin)?;
    let id = app.accounts.add_campaign(&input.name, app.now())?;
    created(app.accounts.directory().campaign(id).map(CampaignView::from))
}

/// End a campaign, or take it up again.
#[utoipa::path(patch, path = "/api/v1/campaigns/{id}", params(("id" = u32, Path)), request_body = CampaignChange,
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn archive(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
    Body(change): Body<CampaignChange>,
) -> Result<StatusCode, Problem> {
    caller.require(Role::Admin)?;
    app.accounts.archive_campaign(id, change.archived)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The creatives of a campaign.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}/creatives", params(("id" = u32, Path)),
    responses((status = 200, body = [CreativeView]), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn creatives(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
) -> List<CreativeView> {
    caller.require(Role::View)?;
    let directory = app.accounts.directory();
    directory.campaign(id).ok_or_else(Problem::not_found)?;
    Ok(axum::Json(directory.creatives_of(id).map(CreativeView::from).collect()))
}

/// Add a creative to a campaign.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/creatives", params(("id" = u32, Path)), request_body = CreativeInput,
    responses((status = 201, body = CreativeView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn add_creative(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
    Body(input): Body<CreativeInput>,
) -> Created<CreativeView> {
    caller.require(Role::Admin)?;
    let CreativeInput { name, image_url, destination_url, width, height, alt } = input;
    let new = NewCreative { name, image_url, destination_url, width, height, alt };
    let creative = app.accounts.add_creative(id, &new)?;
    created(app.accounts.directory().creative(creative).map(CreativeView::from))
}

/// All placements.
#[utoipa::path(get, path = "/api/v1/placements", responses((status = 200, body = [PlacementView]), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn placements(State(app): State<Arc<App>>, caller: Caller) -> List<PlacementView> {
    caller.require(Role::View)?;
    Ok(axum::Json(app.accounts.directory().placements().map(PlacementView::from).collect()))
}

/// Add a placement.
#[utoipa::path(post, path = "/api/v1/placements", request_body = PlacementInput,
    responses((status = 201, body = PlacementView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn add_placement(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(input): Body<PlacementInput>,
) -> Created<PlacementView> {
    caller.require(Role::Admin)?;
    let id = app.accounts.add_placement(input.site_id, input.campaign_id, &input.name)?;
    created(app.accounts.directory().placement(id).map(PlacementView::from))
}

/// The tags to paste for a placement.
#[utoipa::path(get, path = "/api/v1/placements/{id}/tags", params(("id" = u32, Path)),
    responses((status = 200, body = TagsView), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn tags(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
) -> Result<axum::Json<TagsView>, Problem> {
    caller.require(Role::View)?;
    let directory = app.accounts.directory();
    let placement = directory.placement(id).ok_or_else(Problem::not_found)?;
    let creatives = directory.creatives_of(placement.campaign_id);
    let tags = ads::tags(&app.config.public_url, &app.signer, placement, creatives);
    let tag = |(creative, image_link): (Creative, String)| CreativeTag {
        creative_id: creative.id,
        name: creative.name,
        image_link,
    };
    Ok(axum::Json(TagsView {
        script: tags.script,
        creatives: tags.image_link.into_iter().map(tag).collect(),
    }))
}

fn created<T>(found: Option<T>) -> Created<T> {
    found.map(|view| (StatusCode::CREATED, axum::Json(view))).ok_or_else(Problem::not_found)
}
