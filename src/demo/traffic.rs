//! When people come: more by day than at night, more on Sundays than on Fridays, a few more each week, and a wave on
//! Thursdays when the letter to customers goes out.

use std::collections::HashSet;

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};

use super::dice::{self, pick};
use super::journey;
use super::visitors::{NEWSLETTER, SOURCES, Source, Visitor};

/// Visits of an ordinary day, now.
const ORDINARY: f64 = 610.0;

/// What remains of that for each day that lies back.
const GROWTH: f64 = 0.996;

/// The weather and everything else: a day is better or worse by so much.
const LUCK: f64 = 0.055;

/// Share of visits that the letter adds on its day.
const LETTER: f64 = 0.16;

/// Of a hundred, how many come back later on the same day.
const COME_BACK: f64 = 0.11;

/// Seconds after which a visit is surely over: half an hour, and some more.
const OVER: i64 = 2_400;

/// Visits by hour of a working day, of a day of the weekend, and by the letter of ten o'clock.
const WORKDAY: [u32; 24] =
    [7, 3, 2, 1, 1, 2, 6, 14, 25, 35, 41, 43, 50, 47, 42, 42, 43, 44, 43, 54, 67, 64, 43, 20];
const WEEKEND: [u32; 24] =
    [11, 6, 3, 2, 1, 1, 3, 8, 20, 38, 54, 60, 57, 56, 57, 54, 50, 42, 38, 47, 58, 55, 38, 18];
const MORNING: [u32; 24] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 40, 30, 18, 12, 9, 8, 8, 7, 9, 12, 10, 6, 2];

/// One day of traffic.
pub(super) struct Day {
    /// Hits, by time.
    pub hits: Vec<Hit>,
    /// Visits that they make up.
    pub visits: usize,
}

/// One hit.
pub(super) struct Hit {
    /// Whose it is, counted from the first visitor of the day.
    pub visitor: usize,
    /// What the collector is sent.
    pub entry: Value,
    time: i64,
}

/// The traffic of a date that lies `age` days back, without what is still to come.
pub(super) fn day(site: u32, date: Date, age: u32, now: Timestamp) -> Result<Day> {
    let end = start_of(date.tomorrow()?)?;
    let mut plan = Plan {
        dice: dice::of_day(date),
        site,
        date,
        // A second that is not over may still be in the server's future.
        end: end.min(now.as_second()),
        known: HashSet::new(),
        day: Day { hits: Vec::new(), visits: 0 },
    };
    plan.fill(age)?;
    plan.day.hits.sort_by_key(|hit| hit.time);
    Ok(plan.day)
}

fn start_of(date: Date) -> Result<i64> {
    Ok(date.in_tz(super::ZONE)?.timestamp().as_second())
}

/// A day that is being made up.
struct Plan {
    dice: StdRng,
    site: u32,
    date: Date,
    end: i64,
    known: HashSet<Visitor>,
    day: Day,
}

impl Plan {
    fn fill(&mut self, age: u32) -> Result<()> {
        let luck = self.dice.random_range(1.0 - LUCK..1.0 + LUCK);
        let ordinary = ORDINARY * of_weekday(self.date.weekday()) * GROWTH.powf(f64::from(age)) * luck;
        // The first comes at midnight, so that today is not empty, however early it is.
        let midnight = start_of(self.date)?;
        let source = pick(&mut self.dice, &SOURCES);
        self.receive(midnight, source);
        for _ in 1..ordinary as u32 {
            let source = pick(&mut self.dice, &SOURCES);
            let start = self.moment(hours_of(self.date))?;
            self.receive(start, source);
        }
        if self.date.weekday() == Weekday::Thursday {
            for _ in 0..(ordinary * LETTER) as u32 {
                let start = self.moment(&MORNING)?;
                self.receive(start, NEWSLETTER);
            }
        }
        Ok(())
    }

    /// A moment of the day, by the hours' shares.
    fn moment(&mut self, hours: &[u32; 24]) -> Result<i64> {
        let weighted: Vec<(u32, i8)> = hours.iter().copied().zip(0_i8..).collect();
        let hour = pick(&mut self.dice, &weighted);
        let (minute, second) = (self.dice.random_range(0..60), self.dice.random_range(0..60));
        let time = self.date.at(hour, minute, second, 0).in_tz(super::ZONE)?;
        Ok(time.timestamp().as_second())
    }

    /// Somebody comes, and maybe once more later.
    fn receive(&mut self, start: i64, source: Source) {
        let visitor = self.stranger();
        let last = self.visit(&visitor, start, source);
        if self.dice.random_bool(COME_BACK) {
            let later = last + OVER + dice::wait(&mut self.dice, 9_000.0);
            let source = pick(&mut self.dice, &SOURCES);
            self.visit(&visitor, later, source);
        }
    }

    /// Somebody whom the server can tell from all others of the day.
    fn stranger(&mut self) -> Visitor {
        loop {
            let visitor = Visitor::any(&mut self.dice);
            // The screen does not count there.
            let known = Visitor { screen: "", ..visitor.clone() };
            if self.known.insert(known) {
                return visitor;
            }
        }
    }

    /// Notes what happens before the day ends, and gives when the visit would have ended.
    fn visit(&mut self, visitor: &Visitor, start: i64, source: Source) -> i64 {
        let steps = journey::visit(&mut self.dice, source);
        let last = start + steps.last().map_or(0, |step| step.at);
        self.day.visits += usize::from(start < self.end);
        for step in steps {
            let time = start + step.at;
            if time < self.end {
                let entry = self.entry(visitor, time, step.fields);
                let visitor = self.known.len();
                self.day.hits.push(Hit { visitor, entry, time });
            }
        }
        last
    }

    fn entry(&self, visitor: &Visitor, time: i64, fields: Vec<(&'static str, Value)>) -> Value {
        let who = [
            ("idsite", json!(self.site)),
            ("rec", json!(1)),
            ("cdt", json!(time)),
            ("cip", json!(visitor.network)),
            ("ua", json!(visitor.agent)),
            ("lang", json!(visitor.language)),
            ("res", json!(visitor.screen)),
        ];
        let fields = who.into_iter().chain(fields);
        Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
    }
}

fn hours_of(date: Date) -> &'static [u32; 24] {
    match date.weekday() {
        Weekday::Saturday | Weekday::Sunday => &WEEKEND,
        _ => &WORKDAY,
    }
}

/// A shop of bicycles is looked at on Sundays, and on Fridays people do other things.
fn of_weekday(day: Weekday) -> f64 {
    match day {
        Weekday::Monday => 1.02,
        Weekday::Tuesday => 0.97,
        Weekday::Wednesday => 0.95,
        Weekday::Thursday => 0.93,
        Weekday::Friday => 0.84,
        Weekday::Saturday => 0.98,
        Weekday::Sunday => 1.18,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(now: &str) -> Day {
        day(1, jiff::civil::date(2026, 11, 19), 3, now.parse().unwrap()).unwrap()
    }

    fn entries(day: &Day) -> Vec<&Value> {
        day.hits.iter().map(|hit| &hit.entry).collect()
    }

    #[test]
    fn a_day_is_the_same_each_time_and_its_beginning_as_well() {
        let whole = plan("2026-11-22T12:00:00Z");
        assert_eq!(entries(&whole), entries(&plan("2026-11-25T12:00:00Z")));
        let noon: Timestamp = "2026-11-19T11:00:00Z".parse().unwrap();
        let part = plan("2026-11-19T11:00:00Z");
        let begun = whole.hits.iter().filter(|hit| hit.time < noon.as_second());
        assert_eq!(entries(&part), begun.map(|hit| &hit.entry).collect::<Vec<_>>());
        assert!(part.visits > 0 && part.visits < whole.visits);
    }

    #[test]
    fn a_day_begins_at_midnight_and_ends_there() {
        let whole = plan("2026-11-22T12:00:00Z");
        let (first, last) = (whole.hits.first().unwrap().time, whole.hits.last().unwrap().time);
        let midnight = start_of(jiff::civil::date(2026, 11, 19)).unwrap();
        assert_eq!(first, midnight);
        assert!(last < midnight + 86_400);
        assert!((400..900).contains(&whole.visits), "{}", whole.visits);
        assert!((1_500..4_000).contains(&whole.hits.len()), "{}", whole.hits.len());
    }

    #[test]
    fn nothing_is_planned_before_the_first_second_of_a_day() {
        assert_eq!(plan("2026-11-18T23:00:00Z").visits, 0);
        assert_eq!(plan("2026-11-18T23:00:01Z").visits, 1);
    }
}
