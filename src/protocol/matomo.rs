//! Matomo's tracking parameters to a [`Hit`].

use super::bounds::UNMEASURED;
use super::hit::{ClaimedAttribution, Content};
use super::{Action, ClaimedPlace, ClaimedTime, Hit, Params, Refusal, shop, time, variables};
use crate::privacy::Sensitive;

/// Names of campaign parameters begin with one of these.
const CAMPAIGN_PREFIXES: [&str; 5] = ["mtm_", "matomo_", "pk_", "piwik_", "utm_"];

/// Timings a client may send, in milliseconds.
const TIMINGS: [&str; 6] = ["pf_net", "pf_srv", "pf_tfr", "pf_dm1", "pf_dm2", "pf_onl"];

/// Reads one tracking request.
///
/// # Errors
/// A [`Refusal`] when the request can't mean anything; nothing of it may then be counted as a visit.
pub fn parse(params: &Params) -> Result<Hit, Refusal> {
    if TIMINGS.iter().any(|name| params.amount(name).is_some_and(|ms| ms < UNMEASURED)) {
        return Err(Refusal::Timing);
    }
    let user = params.text("uid").map(|user| user.chars().take(200).collect::<String>());
    Ok(Hit {
        site: site(params)?,
        recorded: params.int("rec").is_some_and(|rec| rec != 0),
        actions: actions(params)?,
        url: owned(params, "url"),
        charset: owned(params, "cs"),
        title: owned(params, "action_name"),
        referrer: owned(params, "urlref"),
        campaign: campaign(params),
        agent: params.text("ua").map(unquoted).map(sensitive),
        hints: params.text("uadata").map(sensitive),
        language: params.text("lang").map(sensitive),
        address: params.text("cip").map(sensitive),
        forced: is_forced(params, user.as_deref()),
        id: visitor_id(params, user.as_deref())?,
        user: user.map(Sensitive::new),
        token: owned(params, "token_auth"),
        time: ClaimedTime {
            at: params.text("cdt").and_then(time::seconds),
            offset: params.int("cdo").unwrap_or(0),
        },
        place: place(params),
        screen: params.text("res").filter(|res| is_screen(res)).map(str::to_owned),
        local_hour: params
            .int("h")
            .map(|hour| u32::try_from(hour).ok().filter(|hour| *hour < 24).unwrap_or(0)),
        view: params.text("pv_id").map(|view| view.chars().take(6).collect()),
        timings: timings(params),
        product: shop::viewed(params),
        revenue: params.amount("revenue"),
        attribution: attribution(params),
        dimensions: variables::dimensions(params),
        variables: variables::variables(params),
        bandwidth: params.amount("bw_bytes"),
        search_count: params.amount("search_count"),
        new_visit: params.flag("new_visit"),
        bots: params.flag("bots"),
        hash_route: params.text("hash").is_some(),
    })
}

fn owned(params: &Params, name: &str) -> Option<String> {
    params.text(name).map(str::to_owned)
}

fn sensitive(text: &str) -> Sensitive<String> {
    Sensitive::new(text.to_owned())
}

fn site(params: &Params) -> Result<u32, Refusal> {
    params.int("idsite").and_then(|id| u32::try_from(id).ok()).filter(|&id| id > 0).ok_or(Refusal::Site)
}

/// What happened, by Matomo's order of precedence, except that a click on a content block that leads off the site is
/// both an outlink and an interaction (Matomo loses the interaction).
fn actions(params: &Params) -> Result<Vec<Action>, Refusal> {
    if params.flag("ping") {
        return Ok(vec![Action::Ping]);
    }
    if let Some(goal) = params.int("idgoal").filter(|&goal| goal >= 0) {
        if goal == 0 {
            return Ok(vec![shop::basket(params)]);
        }
        // No goal has so large a number: it is unknown, and not a page view.
        let goal = u32::try_from(goal).unwrap_or(u32::MAX);
        return Ok(vec![Action::Goal { goal }]);
    }
    let content = content(params)?;
    if let Some(url) = owned(params, "download") {
        return Ok(vec![Action::Download { url }]);
    }
    if let Some(url) = owned(params, "link") {
        return Ok(std::iter::once(Action::Outlink { url }).chain(content).collect());
    }
    let action = match event(params)?.or(content).or_else(|| site_search(params)) {
        Some(action) => action,
        None if params.flag("ca") => return Err(Refusal::NothingToDo),
        None => Action::PageView,
    };
    Ok(vec![action])
}

fn event(params: &Params) -> Result<Option<Action>, Refusal> {
    let (Some(category), Some(action)) = (present(params, "e_c"), present(params, "e_a")) else {
        return Ok(None);
    };
    if category.trim().is_empty() || action.trim().is_empty() {
        return Err(Refusal::BlankEvent);
    }
    Ok(Some(Action::Event {
        category: category.to_owned(),
        action: action.to_owned(),
        name: owned(params, "e_n"),
        value: params.amount("e_v"),
    }))
}

fn content(params: &Params) -> Result<Option<Action>, Refusal> {
    let Some(name) = present(params, "c_n") else {
        return Ok(None);
    };
    if name.trim().is_empty() {
        return Err(Refusal::BlankContent);
    }
    let content =
        Content { name: name.to_owned(), piece: owned(params, "c_p"), target: owned(params, "c_t") };
    Ok(Some(match owned(params, "c_i") {
        Some(interaction) => Action::ContentInteraction { content, interaction },
        None => Action::ContentImpression(content),
    }))
}

/// A parameter that is not empty, though it may be blank.
fn present<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    params.raw(name).filter(|value| !value.is_empty())
}

fn site_search(params: &Params) -> Option<Action> {
    Some(Action::SiteSearch {
        keyword: owned(params, "search")?,
        category: owned(params, "search_cat"),
        count: params.amount("search_count"),
    })
}

/// In milliseconds.
fn timings(params: &Params) -> Option<[f64; 6]> {
    let measured = |name: &str| params.amount(name).filter(|ms| !(UNMEASURED..0.0).contains(ms));
    let timings = TIMINGS.map(|name| measured(name).unwrap_or(UNMEASURED));
    timings.iter().any(|ms| *ms != UNMEASURED).then_some(timings)
}

fn attribution(params: &Params) -> Option<ClaimedAttribution> {
    let (campaign, referrer) = (owned(params, "_rcn"), owned(params, "_ref"));
    let is_there = campaign.is_some() || referrer.is_some();
    is_there.then(|| ClaimedAttribution { campaign, keyword: owned(params, "_rck"), referrer })
}

fn campaign(params: &Params) -> Vec<(String, String)> {
    let is_campaign = |name: &str| CAMPAIGN_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    params
        .iter()
        .filter(|(name, _)| is_campaign(name))
        .filter_map(|(name, _)| Some((name.to_owned(), owned(params, name)?)))
        .collect()
}

/// The id to recognise a visitor by: user id, then `cid`, then `_id`. A user called 0 is no visitor's id.
fn visitor_id(params: &Params, user: Option<&str>) -> Result<Option<Sensitive<String>>, Refusal> {
    let forced = params.raw("cid").filter(|cid| !cid.is_empty());
    if forced.is_some_and(|cid| cid.len() != 16 || !is_hex(cid)) {
        return Err(Refusal::ClientId);
    }
    if let Some(user) = user.filter(|user| is_id(user)) {
        return Ok(Some(Sensitive::new(format!("user:{user}"))));
    }
    let cookie = || params.text("_id").and_then(|id| id.get(..16)).filter(|id| is_hex(id));
    Ok(forced.or_else(cookie).map(|id| Sensitive::new(format!("visitor:{}", id.to_ascii_lowercase()))))
}

/// Whether the visitor may be recognised by `cid` alone: where a user id takes its place, others may do as well.
fn is_forced(params: &Params, user: Option<&str>) -> bool {
    params.raw("cid").is_some_and(|cid| !cid.is_empty()) && !user.is_some_and(is_id)
}

/// Whether a user id recognises a visitor.
fn is_id(user: &str) -> bool {
    user != "0"
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn place(params: &Params) -> Option<ClaimedPlace> {
    let claimed = ["country", "region", "city", "lat", "long"].iter().any(|name| params.text(name).is_some());
    claimed.then(|| ClaimedPlace {
        country: owned(params, "country"),
        region: owned(params, "region"),
        city: owned(params, "city"),
    })
}

fn is_screen(text: &str) -> bool {
    let is_side = |side: &str| (1..=5).contains(&side.len()) && side.bytes().all(|b| b.is_ascii_digit());
    text.split_once('x').is_some_and(|(width, height)| is_side(width) && is_side(height))
}

/// Python clients send the printed form of a byte string, `b'…'`.
fn unquoted(agent: &str) -> &str {
    agent.strip_prefix("b'").and_then(|rest| rest.strip_suffix('\'')).unwrap_or(agent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(query: &str) -> Result<Hit, Refusal> {
        parse(&Params::parse(query.as_bytes()))
    }

    fn kind(query: &str) -> String {
        let name = |action: &Action| match action {
            Action::PageView => "view",
            Action::Outlink { .. } => "outlink",
            Action::Download { .. } => "download",
            Action::Event { .. } => "event",
            Action::SiteSearch { .. } => "search",
            Action::ContentImpression(_) => "impression",
            Action::ContentInteraction { .. } => "interaction",
            Action::Ping => "ping",
            Action::Goal { .. } => "goal",
            Action::Order { .. } => "order",
            Action::Cart(_) => "cart",
            Action::BrokenBasket => "broken",
        };
        match hit(&format!("idsite=1&rec=1&{query}")) {
            Ok(hit) => hit.actions.iter().map(name).collect::<Vec<_>>().join("+"),
            Err(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn one_request_is_one_action_by_precedence() {
        assert_eq!(kind("url=http://x/"), "view");
        assert_eq!(kind("download=http://x/f.zip&link=http://y/"), "download");
        assert_eq!(kind("link=http://y/&e_c=a&e_a=b"), "outlink");
        assert_eq!(kind("e_c=a&e_a=b&c_n=ad"), "event");
        assert_eq!(kind("e_c=a"), "view");
        assert_eq!(kind("c_n=ad&search=x"), "impression");
        assert_eq!(kind("search=x&action_name=t"), "search");
        assert_eq!(kind("ping=1&e_c=a&e_a=b"), "ping");
        assert_eq!(kind("idgoal=2&revenue=9"), "goal");
        assert_eq!(kind("idgoal=99999999999"), "goal");
        assert_eq!(kind("idgoal=-1"), "view");
        assert_eq!(kind("idgoal=0&ec_id=7&revenue=9"), "order");
        assert_eq!(kind("idgoal=0&revenue=9&ec_items=[]"), "cart");
        assert_eq!(kind("idgoal=0&ec_items=undefined"), "cart");
        assert_eq!(kind("idgoal=0&ec_items=[["), "broken");
    }

    #[test]
    fn a_click_off_the_site_on_a_content_block_counts_twice() {
        assert_eq!(kind("link=http://shop/&c_n=ad&c_i=click&ca=1"), "outlink+interaction");
    }

    #[test]
    fn what_means_nothing_is_refused() {
        assert!(matches!(hit("rec=1"), Err(Refusal::Site)));
        assert!(matches!(hit("idsite=-1"), Err(Refusal::Site)));
        assert!(matches!(hit("idsite=abc"), Err(Refusal::Site)));
        assert!(matches!(hit("idsite=1&cid=123"), Err(Refusal::ClientId)));
        assert!(matches!(hit("idsite=1&e_c=+&e_a=x"), Err(Refusal::BlankEvent)));
        assert!(matches!(hit("idsite=1&c_n=+"), Err(Refusal::BlankContent)));
        assert!(matches!(hit("idsite=1&ca=1&cra=boom"), Err(Refusal::NothingToDo)));
        assert!(matches!(hit("idsite=1&pf_net=-5"), Err(Refusal::Timing)));
    }

    #[test]
    fn a_visitor_id_is_forced_unless_a_user_id_takes_its_place() {
        let forced = |ids: &str| hit(&format!("idsite=1&{ids}")).unwrap().forced;
        assert!(forced("cid=0123456789abcdef") && forced("cid=0123456789abcdef&uid=0"));
        assert!(
            !forced("cid=0123456789abcdef&uid=jan") && !forced("_id=0123456789abcdef") && !forced("cid=")
        );
    }

    #[test]
    fn python_byte_strings_are_unwrapped() {
        assert_eq!(unquoted("b'Mozilla/5.0'"), "Mozilla/5.0");
        assert_eq!(unquoted("Mozilla/5.0"), "Mozilla/5.0");
    }

    proptest::proptest! {
        #[test]
        fn any_parameters_are_a_hit_or_a_refusal(input: Vec<u8>, tail in "[a-z_=&%0-9]{0,200}") {
            let mut params = Params::parse(&input);
            let tail = format!("idsite=1&{tail}");
            params.extend(tail.as_bytes());
            proptest::prop_assert!(parse(&params).is_ok_and(|hit| hit.site > 0) || parse(&params).is_err());
        }
    }
}
