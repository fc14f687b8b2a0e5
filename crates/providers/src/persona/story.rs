//! What a person's devices know: the days of a persona, with an optional late correction.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use hilum_model::{Day, Time};

use super::minutes::{Minute, Minutes};
use super::people::Persona;
use super::sleep::Slept;
use super::totals::{Stretch, Totals};
use super::workout::Workout;

/// A persona's days as told in one answer. Days are worked out once and kept while the story is told; they depend on
/// the persona, the day and the correction alone.
#[derive(Debug)]
pub struct Story<'a> {
    /// Whose story it is.
    pub persona: &'a Persona,
    corrected: Option<(Day, Time)>,
    days: RefCell<BTreeMap<Day, Rc<Minutes>>>,
}

impl<'a> Story<'a> {
    /// The story as first told.
    pub const fn new(persona: &'a Persona) -> Self {
        Self { persona, corrected: None, days: RefCell::new(BTreeMap::new()) }
    }

    /// The story with the day before `at` corrected at that moment: a night with fifteen more minutes awake, and a
    /// day with 1,200 more steps.
    #[must_use]
    pub fn corrected_at(mut self, at: Time) -> Self {
        self.corrected = Some((self.persona.day_of(at).plus(-1), at));
        self
    }

    /// When the day was corrected, if it was.
    pub fn correction(&self, day: Day) -> Option<Time> {
        self.corrected.filter(|(corrected, _)| *corrected == day).map(|(_, at)| at)
    }

    /// The night and naps that end on a day.
    pub fn sleeps(&self, day: Day) -> Vec<Slept> {
        let mut sleeps = self.persona.sleeps(day);
        if self.correction(day).is_some() {
            sleeps.iter_mut().filter(|s| s.main).for_each(Slept::correct);
        }
        sleeps
    }

    /// The minutes of a day.
    pub fn minutes(&self, day: Day) -> Rc<Minutes> {
        if let Some(known) = self.days.borrow().get(&day) {
            return Rc::clone(known);
        }
        let (today, tomorrow) = (self.sleeps(day), self.sleeps(day.plus(1)));
        let sleeps: Vec<&Slept> = today.iter().chain(&tomorrow).collect();
        let late = self.correction(day).is_some();
        let told = Rc::new(self.persona.minutes(day, &sleeps, &self.persona.workouts(day), late));
        self.days.borrow_mut().insert(day, Rc::clone(&told));
        told
    }

    /// The sums of a day up to `now`; `None` if the day has not begun.
    pub fn totals(&self, day: Day, now: Time) -> Option<Totals> {
        let minutes = self.minutes(day);
        (minutes.start < now).then(|| Totals::of(self.persona, &minutes, now))
    }

    /// The minutes from `from` to `until`, over midnights.
    pub fn minutes_between(&self, from: Time, until: Time) -> Vec<(Time, Minute)> {
        let mut list = Vec::new();
        let mut day = self.persona.day_of(from);
        while self.persona.start_of(day) < until {
            list.extend(self.minutes(day).within(from, until).map(|(at, minute)| (at, *minute)));
            day = day.plus(1);
        }
        list
    }

    /// The sums of a workout.
    pub fn effort(&self, workout: &Workout) -> Option<Stretch> {
        Stretch::of(self.minutes_between(workout.start, workout.end).iter().map(|(_, minute)| minute))
    }
}
