//! The figures at the top of a site's page, and the series below them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::fold::check_filter;
use super::visitors::distinct;
use super::{Interval, Period, ReportError, Reports};
use crate::accounts::SiteScope;
use crate::day;
use crate::store::queries::{DayTotals, Days, Filter, HourTotals, Selection};

/// Sums over some days.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Daily visitors: distinct ones of each day, summed. Of a whole period, and where visitors are told apart over more
    /// than a day: distinct ones.
    pub visitors: u64,
    /// Visits of visitors who had none before; absent where that can't be known.
    pub new_visits: Option<u64>,
    /// Visits.
    pub visits: u64,
    /// Page views.
    pub page_views: u64,
    /// Counted actions.
    pub actions: u64,
    /// Visits with at most one counted action.
    pub bounces: u64,
    /// Seconds of all visits.
    pub seconds: u64,
    /// Goals reached.
    pub conversions: u64,
    /// Visits with a goal or an order.
    pub converted: u64,
    /// Orders.
    pub orders: u64,
    /// What goals and orders are worth.
    pub revenue: f64,
}

impl Totals {
    /// Share of visits with at most one action, 0 to 1.
    pub fn bounce_rate(&self) -> Option<f64> {
        ratio(self.bounces, self.visits)
    }

    /// Mean length of a visit in seconds.
    pub fn visit_duration(&self) -> Option<f64> {
        ratio(self.seconds, self.visits)
    }

    /// Share of visits with a goal or an order, 0 to 1.
    pub fn conversion_rate(&self) -> Option<f64> {
        ratio(self.converted, self.visits)
    }

    /// Visits of visitors who had one before; absent where that can't be known.
    pub fn returning_visits(&self) -> Option<u64> {
        self.new_visits.map(|new| self.visits.saturating_sub(new))
    }

    fn add(&mut self, day: &DayTotals) {
        self.visitors += day.visitors;
        self.visits += day.visits;
        self.page_views += day.page_views;
        self.actions += day.actions;
        self.bounces += day.bounces;
        self.seconds += day.seconds;
        self.conversions += day.conversions;
        self.converted += day.converted;
        self.orders += day.orders;
        self.revenue += day.revenue;
    }
}

/// A share, or nothing where there is nothing to share.
pub fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// One point of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// `2026-11-22T09`, `2026-11-22` or `2026-11`, by interval.
    pub start: String,
    /// What was counted in it.
    pub totals: Totals,
    /// Whether it is not over yet.
    pub is_partial: bool,
}

/// The overview of a period.
pub struct Overview {
    /// Sums over the period.
    pub totals: Totals,
    /// Sums over the period before; absent when nothing was counted then.
    pub previous: Option<Totals>,
    /// The period in steps, those without any count included, the future left out.
    pub series: Vec<Point>,
}

/// Computes the overview of a site, of the visits that a filter selects.
///
/// # Errors
/// When the database fails, or the filter selects too few.
pub async fn overview(
    reports: &Reports,
    scope: &SiteScope,
    period: &Period,
    filter: &Filter,
    now: Timestamp,
) -> Result<Overview, ReportError> {
    let selected = |days| Selection { days, filter: filter.clone() };
    check_filter(reports, scope, &selected(period.days)).await?;
    let days = reports.store.day_totals(scope, selected(period.days)).await?;
    let totals = totals(reports, scope, &selected(period.days), &days).await?;
    let previous = previous(reports, scope, period, filter).await?;
    let series = match period.interval {
        Interval::Hour => {
            let hours = reports.store.hour_totals(scope, selected(period.days)).await?;
            hour_points(scope, period, now, &hours)
        }
        Interval::Day => day_points(period, &days),
        Interval::Month => month_points(period, &days),
    };
    Ok(Overview { totals, previous, series })
}

/// Sums over the period before, if anything was counted then and may be shown.
async fn previous(
    reports: &Reports,
    scope: &SiteScope,
    period: &Period,
    filter: &Filter,
) -> Result<Option<Totals>, ReportError> {
    let Some(days) = period.previous else { return Ok(None) };
    let selection = Selection { days, filter: filter.clone() };
    match check_filter(reports, scope, &selection).await {
        Err(ReportError::TooFew(_)) => return Ok(None),
        checked => checked?,
    }
    let days = reports.store.day_totals(scope, selection.clone()).await?;
    let totals = totals(reports, scope, &selection, &days).await?;
    Ok((totals.visits > 0).then_some(totals))
}

/// Totals of a period, with its distinct visitors where they can be known.
async fn totals(
    reports: &Reports,
    scope: &SiteScope,
    selection: &Selection,
    days: &[DayTotals],
) -> Result<Totals, ReportError> {
    let totals = sum(days);
    Ok(match distinct(reports, scope, selection).await? {
        Some(counts) => Totals { visitors: counts.visitors, new_visits: Some(counts.new_visits), ..totals },
        None => totals,
    })
}

fn sum(days: &[DayTotals]) -> Totals {
    let mut totals = Totals::default();
    days.iter().for_each(|day| totals.add(day));
    totals
}

fn until_today(period: &Period) -> impl Iterator<Item = Date> {
    let Days { from, to } = period.days;
    from.series(1.day()).take_while(move |day| *day <= to.min(period.today))
}

fn day_points(period: &Period, days: &[DayTotals]) -> Vec<Point> {
    let by_date: BTreeMap<Date, &DayTotals> =
        days.iter().map(|day| (day::date(day.day.into()), day)).collect();
    let point = |day: Date| {
        let totals = by_date.get(&day).map(|found| sum(&[**found])).unwrap_or_default();
        Point { start: day.to_string(), totals, is_partial: day == period.today }
    };
    until_today(period).map(point).collect()
}

fn month_points(period: &Period, days: &[DayTotals]) -> Vec<Point> {
    let month = |day: Date| day.strftime("%Y-%m").to_string();
    let mut months: BTreeMap<String, Totals> =
        until_today(period).map(|day| (month(day), Totals::default())).collect();
    for day in days {
        months.entry(month(day::date(day.day.into()))).or_default().add(day);
    }
    let current = month(period.today);
    months.into_iter().map(|(start, totals)| Point { is_partial: start == current, start, totals }).collect()
}

/// The hours that the site's clock really showed: 23 or 25 hours have passed on the days when it changes, but an hour
/// that comes twice is one point, and one that never comes has none.
fn hour_points(scope: &SiteScope, period: &Period, now: Timestamp, hours: &[HourTotals]) -> Vec<Point> {
    let counted: BTreeMap<(Date, u8), &HourTotals> =
        hours.iter().map(|hour| ((day::date(hour.day.into()), hour.hour), hour)).collect();
    let zone = scope.site().zone(now).clone();
    let now = now.to_zoned(zone.clone());
    let current = (now.date(), now.hour().unsigned_abs());
    let exists = |day: Date, hour: u8| {
        let time = day.at(hour as i8, 30, 0, 0).to_zoned(zone.clone());
        time.is_ok_and(|time| time.hour().unsigned_abs() == hour) || counted.contains_key(&(day, hour))
    };
    until_today(period)
        .flat_map(|day| (0..24).map(move |hour| (day, hour)))
        .filter(|at| *at <= current && exists(at.0, at.1))
        .map(|at| hour_point(at, counted.get(&at).copied(), at == current))
        .collect()
}

fn hour_point((day, hour): (Date, u8), counted: Option<&HourTotals>, is_partial: bool) -> Point {
    let totals = counted.map(|hour| Totals {
        visitors: hour.visitors,
        visits: hour.visits,
        page_views: hour.page_views,
        bounces: hour.bounces,
        seconds: hour.seconds,
        ..Totals::default()
    });
    Point { start: format!("{day}T{hour:02}"), totals: totals.unwrap_or_default(), is_partial }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_nothing_is_absent() {
        assert_eq!(Totals::default().bounce_rate(), None);
        assert_eq!(Totals { visits: 4, bounces: 1, ..Totals::default() }.bounce_rate(), Some(0.25));
    }

    #[test]
    fn days_without_counts_are_points_and_the_future_is_not() {
        let today = jiff::civil::date(2026, 3, 4);
        let period = Period::named("custom", None, Some("2026-03-02"), Some("2026-03-31"), today).unwrap();
        let points = day_points(&period, &[DayTotals { day: 20_515, visits: 2, ..DayTotals::default() }]);
        let seen: Vec<_> = points.iter().map(|p| (p.start.as_str(), p.totals.visits, p.is_partial)).collect();
        assert_eq!(seen, [("2026-03-02", 0, false), ("2026-03-03", 2, false), ("2026-03-04", 0, true)]);
    }
}
