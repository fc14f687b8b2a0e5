//! Lists of which a source tells everything: what it does not tell any more is gone.

use super::records;
use crate::testing::{Asked, Canned, TELLING, World};

/// One weight a day of March 2026 but for the days in `without`, five on a page.
fn told(asked: &Asked, without: &[i32], broken: bool) -> Canned {
    let bound = |name| super::day(asked.param(name).expect("a window"));
    let (from, to) = (bound("start"), bound("end"));
    let skip: i32 = asked.param("next").map_or(0, |next| next.parse().expect("our token"));
    let first = super::day("2026-03-01");
    let days: Vec<i32> = (from.0.max(first.0)..=to.0).map(|day| day - first.0 + 1).collect();
    let page = || days.iter().skip(skip as usize).take(5);
    let mut items: Vec<String> = page()
        .filter(|day| !without.contains(day))
        .map(|day| format!(r#"{{"id":"w{day}","time":"2026-03-{day:02}T07:00:00+01:00","kg":70}}"#))
        .collect();
    if broken && skip == 0 {
        items.push("{}".to_owned());
    }
    let more = days.len() > skip as usize + 5;
    let next = if more { format!("\"{}\"", skip + 5) } else { "null".to_owned() };
    Canned::new(200, format!(r#"{{"data":[{}],"next":{next}}}"#, items.join(",")))
}

fn keys(world: &World) -> Vec<String> {
    let mut keys: Vec<String> = records(world).into_iter().map(|row| row.record.key).collect();
    keys.sort_by_key(|key| key[1..].parse::<i32>().expect("a day"));
    keys
}

async fn synced() -> World {
    let world = World::of(&[&TELLING], |_, _| {}).await;
    let connection = world.connect(&TELLING, 86_400 * 30).await;
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    world.fake.script(|asked| told(asked, &[], false));
    // It is 2026-03-10.
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(keys(&world), (1..=10).map(|day| format!("w{day}")).collect::<Vec<_>>());
    world
}

#[tokio::test]
async fn what_a_window_does_not_tell_any_more_goes() {
    let world = synced().await;
    let first = world.now();
    // Of the overlap, the 4th to the 10th: two pages. The 2nd is not looked at.
    world.fake.script(|asked| told(asked, &[2, 5, 9], false));
    world.run_until(first.plus_s(3600)).await;
    assert_eq!(keys(&world), ["w1", "w2", "w3", "w4", "w6", "w7", "w8", "w10"]);
    world.fake.script(|asked| told(asked, &[], false));
    world.run_until(first.plus_s(2 * 3600)).await;
    assert_eq!(keys(&world).len(), 10, "it was put back");
}

#[tokio::test]
async fn a_window_that_is_not_understood_wholly_takes_nothing_away() {
    let world = synced().await;
    let first = world.now();
    world.fake.script(|asked| told(asked, &[5, 9], true));
    world.run_until(first.plus_s(3600)).await;
    assert_eq!(keys(&world).len(), 10, "an odd item on the first page");
    world
        .fake
        .script(|asked| if asked.param("next").is_some() { Canned::new(404, "{}") } else { told(asked, &[5], false) });
    world.run_until(first.plus_s(2 * 3600)).await;
    assert_eq!(keys(&world).len(), 10, "a page that is not there");
    world
        .fake
        .script(|asked| if asked.param("next").is_some() { Canned::new(503, "") } else { told(asked, &[5], false) });
    world.run_until(first.plus_s(3 * 3600)).await;
    assert_eq!(keys(&world).len(), 10, "half a window");
    // The rest of that window: what the first half told is remembered.
    world.fake.script(|asked| told(asked, &[5, 9], false));
    world.run_until(first.plus_s(6 * 3600)).await;
    assert_eq!(keys(&world).len(), 8);
}
