//! The time zones of a site.
//!
//! A new zone holds from the site's next midnight, so that a day is over before the clock changes, and what was counted
//! before keeps its dates: a hit that arrives late is dated by the zone that held when it happened. (To the west of the
//! former zone the date that has just ended begins once more, and is sealed once more.)

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use rusqlite::{Connection, OptionalExtension, params};

use super::{AccountError, Result};

/// The time zone that a site was added with, and those that took its place, each from a moment on.
#[derive(Clone, Debug)]
pub struct Zones {
    first: TimeZone,
    later: Vec<(i64, TimeZone)>,
}

impl Zones {
    /// The zone that holds at a moment.
    pub fn at(&self, time: Timestamp) -> &TimeZone {
        let holding = self.later.iter().rev().find(|(from, _)| *from <= time.as_second());
        holding.map_or(&self.first, |(_, zone)| zone)
    }

    /// The zone that was asked for last, and from when it holds if it doesn't yet.
    pub fn wanted(&self, now: Timestamp) -> (&TimeZone, Option<Timestamp>) {
        let Some((from, zone)) = self.later.last() else { return (&self.first, None) };
        (zone, Timestamp::from_second(*from).ok().filter(|from| *from > now))
    }
}

/// A time zone by its name.
pub(super) fn zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name.trim()).map_err(|_| {
        AccountError::Invalid(format!("{name:?} is no time zone: use a name like Europe/Amsterdam"))
    })
}

/// The name that a zone is stored and shown under.
pub fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

/// The zones of a site that was added with the zone `first`.
pub(super) fn of_site(db: &Connection, site: u32, first: &str) -> Result<Zones> {
    let mut query = db
        .prepare_cached("SELECT from_time, timezone FROM site_zones WHERE site_id = ?1 ORDER BY from_time")?;
    let rows = query.query_map([site], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    let rows = rows.collect::<std::result::Result<Vec<(i64, String)>, _>>()?;
    let later = rows.into_iter().map(|(from, name)| Ok((from, zone(&name)?))).collect::<Result<_>>()?;
    Ok(Zones { first: zone(first)?, later })
}

/// Gives a site another zone: at once when nothing was counted yet, else from its next midnight.
pub(super) fn change(db: &Connection, site: u32, name: &str, now: Timestamp) -> Result<()> {
    let sql = "SELECT timezone, first_hit_at IS NOT NULL FROM sites WHERE id = ?1";
    let found = db.query_row(sql, [site], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (first, is_counted): (String, bool) = found.ok_or(AccountError::NotFound)?;
    let wanted = zone(name)?;
    if !is_counted {
        db.execute("DELETE FROM site_zones WHERE site_id = ?1", [site])?;
        db.execute("UPDATE sites SET timezone = ?2 WHERE id = ?1", params![site, zone_name(&wanted)])?;
        return Ok(());
    }
    db.execute(
        "DELETE FROM site_zones WHERE site_id = ?1 AND from_time > ?2",
        params![site, now.as_second()],
    )?;
    let zones = of_site(db, site, &first)?;
    let current = zones.at(now);
    if zone_name(current) != zone_name(&wanted) {
        let midnight = next_midnight(&now.to_zoned(current.clone()))?;
        db.execute(
            "INSERT INTO site_zones (site_id, from_time, timezone) VALUES (?1, ?2, ?3)",
            params![site, midnight.as_second(), zone_name(&wanted)],
        )?;
    }
    Ok(())
}

fn next_midnight(now: &Zoned) -> Result<Timestamp> {
    let midnight = now.tomorrow().and_then(|tomorrow| tomorrow.start_of_day());
    Ok(midnight.map_err(|error| AccountError::Invalid(error.to_string()))?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_moment_has_the_zone_that_held_then() {
        let zones = Zones {
            first: zone("UTC").unwrap(),
            later: vec![(100, zone("Europe/Amsterdam").unwrap()), (200, zone("Asia/Tokyo").unwrap())],
        };
        let at = |second| zone_name(zones.at(Timestamp::from_second(second).unwrap())).to_owned();
        assert_eq!(
            [at(99), at(100), at(199), at(200)],
            ["UTC", "Europe/Amsterdam", "Europe/Amsterdam", "Asia/Tokyo"]
        );
    }
}
