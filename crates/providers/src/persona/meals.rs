//! What somebody eats and drinks: when, how much, and how much insulin goes with it.

use hilum_model::{Day, Time};

use super::dice::Dice;
use super::people::Persona;

/// Which meal of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// The first after getting up.
    Breakfast,
    /// At midday.
    Lunch,
    /// Between meals.
    Snack,
    /// In the evening.
    Dinner,
}

/// A meal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Eaten {
    /// When it began.
    pub at: Time,
    /// Which one.
    pub course: Course,
    /// What it was.
    pub dish: &'static str,
    /// Carbohydrate, g.
    pub carbohydrate: i64,
    /// Protein, g.
    pub protein: i64,
    /// Fat, g.
    pub fat: i64,
    /// Water drunk with it, ml.
    pub water: i64,
    /// Fast-acting insulin before it, 1/10 IU; 0 for people who inject none.
    pub insulin: i64,
}

impl Eaten {
    /// Energy, kcal: 4 a gram of carbohydrate and protein, 9 a gram of fat (Atwater).
    pub const fn energy(&self) -> i64 {
        4 * (self.carbohydrate + self.protein) + 9 * self.fat
    }
}

const DISHES: [(Course, [&str; 4]); 4] = [
    (Course::Breakfast, ["Porridge with berries", "Bread, cheese and an egg", "Yoghurt with muesli", "Toast and jam"]),
    (Course::Lunch, ["Lentil soup", "Rice with vegetables", "Pasta with tomatoes", "Salad with chicken"]),
    (Course::Snack, ["Apple", "Nuts and raisins", "Biscuits", "Banana"]),
    (Course::Dinner, ["Potatoes with fish", "Vegetable curry", "Bean stew", "Omelette with bread"]),
];

impl Persona {
    /// The meals of a day, in order; none in bed, and two hours or more between two of them.
    pub fn meals(&self, day: Day) -> Vec<Eaten> {
        let dice = Dice::new(self.seed).at(TOPIC).at(i64::from(day.0));
        let (today, tomorrow) = (self.sleeps(day), self.sleeps(day.plus(1)));
        let rose = today.iter().find(|s| s.main).map_or(self.start_of(day), |s| s.end);
        let clock = |minute: i64, nth: i64| self.at(day, minute + (dice.at(nth).bell() * 30.0) as i64);
        let plan = [
            (rose.plus_s(60 * dice.at(1).whole(30, 55)), 0.25),
            (clock(12 * 60 + 40, 2), 0.33),
            (clock(15 * 60 + 50, 3), 0.08),
            (clock(19 * 60 + 5, 4), 0.34),
        ];
        let mut eaten: Vec<Eaten> = Vec::new();
        for (nth, ((at, share), (course, dishes))) in (0..).zip(plan.into_iter().zip(DISHES)) {
            let dice = dice.at(10 + nth);
            let awake = today.iter().chain(&tomorrow).all(|s| at < s.start || s.end <= at);
            let hungry = eaten.last().is_none_or(|last| at.since_ms(last.at) >= 2 * 3_600_000);
            let wanted = course != Course::Snack || dice.at(1).chance(0.6);
            if !(awake && hungry && wanted && self.day_of(at) == day) {
                continue;
            }
            let energy = self.basal() * 1.3 * share * (1.0 + 0.2 * dice.at(2).bell());
            let sweet = 0.5 + 0.1 * dice.at(3).bell();
            let carbohydrate = (energy * sweet / 4.0).round() as i64;
            eaten.push(Eaten {
                at,
                course,
                dish: dishes[dice.at(4).whole(0, 3) as usize],
                carbohydrate,
                protein: (energy * 0.18 / 4.0).round() as i64,
                fat: (energy * (0.82 - sweet) / 9.0).round() as i64,
                water: 50 * dice.at(5).whole(3, 9),
                // A unit for ten grams.
                insulin: if self.injects { carbohydrate } else { 0 },
            });
        }
        eaten
    }
}

const TOPIC: i64 = 0x0e_a7;
