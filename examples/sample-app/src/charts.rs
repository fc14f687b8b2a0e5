//! Small charts as SVG paths, drawn on the server: no script needed to look at them.

use serde_json::Value;

/// Size of the drawing area in SVG units.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 160.0;

/// A chart, ready for the template.
pub(crate) struct Chart {
    pub title: &'static str,
    /// For people who do not see it: what it shows, first to last.
    pub description: String,
    pub min: String,
    pub max: String,
    pub first: String,
    pub last: String,
    /// `d` of a line, if it is one.
    pub path: String,
    /// x, y, width, height of bars, if they are some.
    pub bars: Vec<[String; 4]>,
}

/// Text or number of a JSON value, as people read it.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Number(n) => n.to_string(),
        _ => String::new(),
    }
}

/// (time, value) pairs, oldest first.
fn points(rows: &Value, time: &str, value: &str) -> Vec<(String, f64)> {
    let mut all: Vec<(String, f64)> = rows
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| Some((row[time].as_str()?.to_owned(), row[value].as_f64()?)))
        .collect();
    all.reverse();
    all
}

fn frame(title: &'static str, unit: &str, points: &[(String, f64)], floor: Option<f64>) -> Option<(Chart, f64, f64)> {
    let (first, last) = (points.first()?, points.last()?);
    let low = points.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|p| p.1).fold(f64::NEG_INFINITY, f64::max);
    let day = |text: &str| text.get(..10).unwrap_or(text).to_owned();
    let number = |v: f64| format!("{}", (v * 10.0).round() / 10.0);
    let chart = Chart {
        title,
        description: format!(
            "{title}, {} values from {} to {}, between {} and {} {unit}, last {}",
            points.len(),
            day(&first.0),
            day(&last.0),
            number(low),
            number(high),
            number(last.1)
        ),
        min: number(floor.unwrap_or(low)),
        max: format!("{} {unit}", number(high)),
        first: day(&first.0),
        last: day(&last.0),
        path: String::new(),
        bars: Vec::new(),
    };
    Some((chart, floor.unwrap_or(low), high))
}

/// A line; `None` if there are fewer than two values.
pub(crate) fn line(title: &'static str, unit: &str, rows: &Value, time: &str, value: &str) -> Option<Chart> {
    let points = points(rows, time, value);
    if points.len() < 2 {
        return None;
    }
    let (mut chart, low, high) = frame(title, unit, &points, None)?;
    let span = if high > low { high - low } else { 1.0 };
    let step = WIDTH / (points.len() - 1) as f64;
    let corners: Vec<String> = points
        .iter()
        .enumerate()
        .map(|(i, (_, v))| format!("{:.1} {:.1}", step * i as f64, HEIGHT - (v - low) / span * HEIGHT))
        .collect();
    chart.path = format!("M{}", corners.join(" L"));
    Some(chart)
}

/// Bars from zero; `None` if there are none.
pub(crate) fn bars(title: &'static str, unit: &str, rows: &Value, time: &str, value: &str) -> Option<Chart> {
    let points = points(rows, time, value);
    let (mut chart, _, high) = frame(title, unit, &points, Some(0.0))?;
    let top = if high > 0.0 { high } else { 1.0 };
    let step = WIDTH / points.len() as f64;
    for (i, (_, v)) in points.iter().enumerate() {
        let height = (v / top * HEIGHT).max(0.0);
        chart.bars.push([
            format!("{:.1}", step * i as f64 + step * 0.1),
            format!("{:.1}", HEIGHT - height),
            format!("{:.1}", step * 0.8),
            format!("{height:.1}"),
        ]);
    }
    Some(chart)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_spans_the_area_oldest_first() {
        let rows = json!([{"t": "2026-01-03T00:00:00.000Z", "v": 80}, {"t": "2026-01-01T00:00:00.000Z", "v": 70}]);
        let chart = line("Weight", "kg", &rows, "t", "v").expect("two points");
        assert_eq!(chart.path, "M0.0 160.0 L640.0 0.0");
        assert_eq!((chart.first.as_str(), chart.last.as_str()), ("2026-01-01", "2026-01-03"));
        assert!(line("Weight", "kg", &json!([]), "t", "v").is_none());
    }

    #[test]
    fn bars_begin_at_zero() {
        let rows = json!([{"d": "2026-01-02", "v": 50.0}, {"d": "2026-01-01", "v": 100.0}]);
        let chart = bars("Steps", "steps", &rows, "d", "v").expect("bars");
        assert_eq!(chart.bars[0], ["32.0", "0.0", "256.0", "160.0"]);
        assert_eq!(chart.bars[1][3], "80.0");
    }
}
