//! Clock times within a night or a day (`23:35`, `08:00:05`), as Polar keys its lists with them.

use hilum_model::Day;

/// Seconds after midnight.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let mut parts = text
        .split(':')
        .map(|part| part.parse::<u8>().ok().filter(|_| part.len() == 2 && !part.starts_with('+')).map(i64::from));
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    (parts.next().is_none() && hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
}

/// The day of a clock time of the night that ended on `day`: what is after noon belongs to the evening before.
pub(super) fn night_day(day: Day, second: i64) -> Day {
    if second >= 12 * 3600 { day.plus(-1) } else { day }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_times() {
        assert_eq!((seconds("23:35"), seconds("08:00:05"), seconds("00:00")), (Some(84_900), Some(28_805), Some(0)));
        for bad in ["", "24:00", "8:00", "08:60", "08:00:60", "08:00:00:00", "-1:00", "08", "+8:00"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
        assert_eq!((night_day(Day(5), 84_900), night_day(Day(5), 28_805)), (Day(4), Day(5)));
    }
}
