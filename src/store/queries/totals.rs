//! Visits, visitors, views: by day and by hour.

use clickhouse::Row;
use serde::Deserialize;

use super::{Days, Selection};
use crate::accounts::SiteScope;
use crate::day;
use crate::store::sealed::book::DayState;
use crate::store::sealed::rollups::Rollup;
use crate::store::sealed::rows::{self, Rows};
use crate::store::{Result, Store};

/// One local day of a site.
#[derive(Row, Deserialize, Clone, Copy, Debug, Default, PartialEq)]
pub struct DayTotals {
    /// Days since 1970-01-01.
    pub day: u16,
    /// Distinct visitors.
    pub visitors: u64,
    /// Visits.
    pub visits: u64,
    /// Page views.
    pub page_views: u64,
    /// Counted actions.
    pub actions: u64,
    /// Visits with at most one counted action.
    pub bounces: u64,
    /// Seconds from the first to the last request of each visit, summed.
    pub seconds: u64,
    /// The same by Matomo's rule: one second more for each visit of more than one request.
    pub matomo_seconds: u64,
    /// Most counted actions in one visit.
    pub max_actions: u64,
    /// Goals reached.
    pub conversions: u64,
    /// Visits with a goal or an order.
    pub converted: u64,
    /// Orders.
    pub orders: u64,
    /// What goals and orders are worth.
    pub revenue: f64,
}

/// One local hour of a site. A visit belongs to the hour of its first request.
#[derive(Row, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourTotals {
    /// Days since 1970-01-01.
    pub day: u16,
    /// 0-23.
    pub hour: u8,
    /// Distinct visitors with a request in this hour.
    pub visitors: u64,
    /// Visits that began in this hour.
    pub visits: u64,
    /// Page views in this hour.
    pub page_views: u64,
    /// Of the visits that began in this hour, those with at most one counted action.
    pub bounces: u64,
    /// Seconds that the visits that began in this hour lasted, summed.
    pub seconds: u64,
}

/// One day of one of several sites.
#[derive(Row, Deserialize, Clone, Copy, Debug)]
pub struct SiteDay {
    /// The site.
    pub site_id: u32,
    /// Days since 1970-01-01.
    pub day: u16,
    /// Distinct visitors.
    pub visitors: u64,
    /// Page views.
    pub page_views: u64,
}

/// One day of one of several sites, or several days of it.
#[derive(Row, Deserialize, Clone, Copy, Debug, Default, PartialEq)]
pub struct SiteTotals {
    /// The site.
    pub site_id: u32,
    /// Days since 1970-01-01.
    pub day: u16,
    /// Visits.
    pub visits: u64,
    /// Page views.
    pub page_views: u64,
    /// Counted actions.
    pub actions: u64,
    /// Goals reached.
    pub conversions: u64,
    /// Orders.
    pub orders: u64,
    /// What goals and orders are worth.
    pub revenue: f64,
}

impl SiteTotals {
    /// The sum of a site's days that lie in a period.
    pub fn sum(of: &[SiteTotals], days: Days) -> SiteTotals {
        let within = of.iter().filter(|day| (days.from..=days.to).contains(&day::date(day.day.into())));
        within.fold(SiteTotals::default(), |sum, day| SiteTotals {
            site_id: day.site_id,
            day: day.day,
            visits: sum.visits + day.visits,
            page_views: sum.page_views + day.page_views,
            actions: sum.actions + day.actions,
            conversions: sum.conversions + day.conversions,
            orders: sum.orders + day.orders,
            revenue: sum.revenue + day.revenue,
        })
    }
}

/// Rows of sealed days of several sites.
const SEALED: &str = "site_id IN {sealed_sites:Array(UInt32)} AND (site_id, local_date, generation) IN
    (SELECT arrayJoin(arrayZip({sealed_sites:Array(UInt32)}, {sealed_days:Array(Date)}, {generations:Array(UInt32)})))";

/// Events of days of several sites that are not sealed.
const LIVE: &str = "site_id IN {live_sites:Array(UInt32)} AND (site_id, local_date) IN
    (SELECT arrayJoin(arrayZip({live_sites:Array(UInt32)}, {live_days:Array(Date)})))";

impl Store {
    /// Totals of each day of several sites, in two queries whatever their number: which days there are, and what happened on
    /// them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sites_totals(&self, scopes: &[SiteScope], days: Days) -> Result<Vec<SiteTotals>> {
        let sites: Vec<u32> = scopes.iter().map(|scope| scope.site().id).collect();
        let states = self.days_of_all(&sites, days).await?;
        let (sealed, live): (Vec<&DayState>, Vec<&DayState>) =
            states.iter().partition(|state| state.is_sealed());
        let events = rows::events(LIVE, None);
        let of_live = Rollup::Days.of_rows(&Rows { visits: rows::visits(&events, "visit != 0"), events });
        let (columns, table) = (Rollup::Days.columns(), Rollup::Days.table());
        let sql = format!(
            "SELECT site_id, local_date AS day, sum(visits) AS visits, sum(page_views) AS page_views,
                    sum(actions) AS actions, sum(conversions) AS conversions, sum(orders) AS orders, sum(revenue) AS revenue
             FROM (SELECT {columns} FROM {table} WHERE {SEALED} UNION ALL SELECT {columns} FROM ({of_live}))
             GROUP BY site_id, day"
        );
        let numbers = |states: &[&DayState]| states.iter().map(|state| state.site_id).collect::<Vec<_>>();
        let dates =
            |states: &[&DayState]| states.iter().map(|state| state.date().to_string()).collect::<Vec<_>>();
        let generations: Vec<u32> = sealed.iter().map(|state| state.generation).collect();
        let query = self.reader().query(&sql).param("sealed_sites", numbers(&sealed));
        let query = query.param("sealed_days", dates(&sealed)).param("generations", generations);
        let query = query.param("live_sites", numbers(&live)).param("live_days", dates(&live));
        query.fetch_all().await
    }

    /// Totals of each day that has any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn day_totals(
        &self,
        scope: &SiteScope,
        selection: impl Into<Selection>,
    ) -> Result<Vec<DayTotals>> {
        let plan = self.plan(scope, selection.into()).await?;
        let Some(source) = plan.source(Rollup::Days) else {
            return Ok(Vec::new());
        };
        let sql = format!(
            "SELECT local_date AS day, sum(visitors) AS visitors, sum(visits) AS visits,
                    sum(page_views) AS page_views, sum(actions) AS actions, sum(bounces) AS bounces,
                    sum(seconds) AS seconds, sum(matomo_seconds) AS matomo_seconds,
                    max(max_actions) AS max_actions, sum(conversions) AS conversions, sum(converted) AS converted,
                    sum(orders) AS orders, sum(revenue) AS revenue
             FROM {source} GROUP BY day ORDER BY day"
        );
        plan.bind(self.reader().query(&sql), scope).fetch_all().await
    }

    /// Visitors of each day, summed: the cheapest of its totals.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn day_visitors(&self, scope: &SiteScope, selection: impl Into<Selection>) -> Result<u64> {
        let plan = self.plan(scope, selection.into()).await?;
        let Some(source) = plan.source(Rollup::Days) else {
            return Ok(0);
        };
        let sql = format!("SELECT sum(visitors) AS visitors FROM {source}");
        plan.bind(self.reader().query(&sql), scope).fetch_one().await
    }

    /// Totals of each hour that has any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hour_totals(
        &self,
        scope: &SiteScope,
        selection: impl Into<Selection>,
    ) -> Result<Vec<HourTotals>> {
        let plan = self.plan(scope, selection.into()).await?;
        let Some(source) = plan.source(Rollup::Hours) else {
            return Ok(Vec::new());
        };
        let sql = format!(
            "SELECT local_date AS day, hour, sum(visitors) AS visitors, sum(visits) AS visits,
                    sum(page_views) AS page_views, sum(bounces) AS bounces, sum(seconds) AS seconds
             FROM {source} GROUP BY day, hour ORDER BY day, hour"
        );
        plan.bind(self.reader().query(&sql), scope).fetch_all().await
    }

    /// Visitors and views of several sites, a day each.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn site_days(&self, scopes: &[SiteScope], days: Days) -> Result<Vec<SiteDay>> {
        let sql = "SELECT site_id, local_date AS day, uniqExact(visitor) AS visitors, countIf(kind = 1) AS page_views
             FROM events WHERE site_id IN {sites:Array(UInt32)} AND local_date BETWEEN {from:Date} AND {to:Date}
             GROUP BY site_id, day";
        let sites: Vec<u32> = scopes.iter().map(|scope| scope.site().id).collect();
        let query = self.reader().query(sql).param("sites", sites);
        query.param("from", days.from.to_string()).param("to", days.to.to_string()).fetch_all().await
    }
}
