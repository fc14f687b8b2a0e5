//! Step 3: the person's data, read with the access token.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde_json::Value;

use crate::App;
use crate::charts::{Chart, bars, line, text_of};
use crate::client::ClientError;
use crate::pages::{render, visitor};

/// A connected source.
struct Source {
    name: String,
    status: String,
    since: String,
}

/// One figure of the person.
struct Figure {
    label: &'static str,
    value: String,
    unit: String,
    from: String,
}

#[derive(Template)]
#[template(path = "data.html")]
struct DataPage {
    sources: Vec<Source>,
    figures: Vec<Figure>,
    charts: Vec<Chart>,
    activities: Vec<[String; 4]>,
    /// Nothing to show yet.
    waiting: bool,
    /// History is still being read.
    filling: bool,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Problem {
    message: String,
}

pub(crate) async fn data(State(app): State<Arc<App>>, jar: CookieJar) -> Response {
    let Some(tokens) = visitor(&jar).and_then(|v| app.people.get(&v)) else {
        return Redirect::to("/").into_response();
    };
    match read(&app, &tokens.access_token).await {
        Ok(page) => render(&page),
        Err(error) => render(&Problem { message: error.to_string() }),
    }
}

pub(crate) async fn look_again() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("../templates/look-again.js"))
        .into_response()
}

async fn read(app: &App, token: &str) -> Result<DataPage, ClientError> {
    let get = |path: &'static str| app.hilum.get(token, path);
    let (human, sources, weights, steps, sleeps, hearts, activities) = tokio::try_join!(
        get(""),
        get("/sources"),
        get("/weight/readings?limit=200"),
        get("/activities/summaries?limit=60"),
        get("/sleeps/summaries?limit=60"),
        get("/heart_rate/readings?limit=500"),
        get("/activities?limit=8"),
    )?;
    let charts: Vec<Chart> = [
        line("Weight", "kg", &weights, "timestamp", "value"),
        bars("Steps a day", "steps", &steps, "date", "steps"),
        bars("Sleep a night", "minutes asleep", &sleeps, "date", "timeAsleep"),
        line("Heart rate, latest readings", "bpm", &hearts, "timestamp", "value"),
    ]
    .into_iter()
    .flatten()
    .collect();
    Ok(DataPage {
        waiting: charts.is_empty(),
        filling: list(&sources).iter().any(|s| s["historySync"]["status"] != "completed"),
        sources: list(&sources)
            .iter()
            .map(|s| Source {
                name: text_of(&s["source"]),
                status: text_of(&s["syncStatus"]["status"]),
                since: day(&s["connectedSince"]),
            })
            .collect(),
        figures: figures(&human),
        charts,
        activities: list(&activities)
            .iter()
            .map(|a| {
                let minutes = a["duration"].as_f64().unwrap_or_default() / 60.0;
                [day(&a["startTime"]), text_of(&a["type"]), format!("{minutes:.0} min"), text_of(&a["source"])]
            })
            .collect(),
    })
}

fn figures(human: &Value) -> Vec<Figure> {
    let scalar = |label, name: &str| {
        let reading = &human[name];
        reading.get("value").map(|value| Figure {
            label,
            value: text_of(value),
            unit: text_of(&reading["unit"]),
            from: format!("{}, {}", text_of(&reading["source"]), day(&reading["timestamp"])),
        })
    };
    let pressure = &human["bloodPressure"];
    let pressure = pressure.get("systolic").map(|systolic| Figure {
        label: "Blood pressure",
        value: format!("{}/{}", text_of(systolic), text_of(&pressure["diastolic"])),
        unit: text_of(&pressure["unit"]),
        from: format!("{}, {}", text_of(&pressure["source"]), day(&pressure["timestamp"])),
    });
    [
        scalar("Weight", "weight"),
        scalar("Body fat", "bodyFat"),
        scalar("Height", "height"),
        scalar("Heart rate", "heartRate"),
        scalar("Blood oxygen", "bloodOxygen"),
        pressure,
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The day of an ISO time.
fn day(value: &Value) -> String {
    value.as_str().and_then(|t| t.get(..10)).unwrap_or_default().to_owned()
}
