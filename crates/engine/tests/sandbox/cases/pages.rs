//! The ends of lists.

use std::collections::BTreeSet;

use hilum_providers::persona::{Persona, Story};
use hilum_providers::spec::{Page, Provider, Stream, Window};

use super::{calm, somebody};
use crate::bed::{Bed, Link, Setup, cut, with_streams};
use crate::browser::Press;
use crate::held::same;
use crate::told;

/// Streams that come in pages.
fn paged(provider: &Provider) -> impl Iterator<Item = &'static Stream> {
    provider.streams.iter().filter(|stream| stream.page != Page::Single && stream.window != Window::Pushed)
}

pub(crate) fn are_cut(provider: &Provider) -> bool {
    paged(provider).count() > 0
}

/// The same stream with pages of so many items, where the asker says how many it wants.
fn sized(stream: &'static Stream, items: u16) -> Stream {
    let page = match stream.page {
        Page::Number { send, size_param, items: at, .. } => Page::Number { send, size_param, size: items, items: at },
        Page::Offset { send, size_param, items: at, .. } => Page::Offset { send, size_param, size: items, items: at },
        other => other,
    };
    Stream { page, ..*stream }
}

/// What is stored of one stream that comes in pages of so many items, and how many requests that took.
async fn read(
    provider: &'static Provider,
    stream: &'static Stream,
    size: Option<u16>,
    persona: &Persona,
) -> (BTreeSet<String>, u64) {
    let one = size.map_or(Stream { ..*stream }, |size| sized(stream, size));
    let described = with_streams(provider, vec![one]);
    let page_items = Some(size.map_or(10_000, usize::from));
    let bed = Bed::with(Setup { page_items, ..Setup::SHORT }, &[described]).await;
    let today = persona.day_of(bed.now());
    let link: Link = bed.enrol(described, Press::allow(persona.id)).await.1;
    bed.settle(link).await;
    assert_eq!(bed.row(link).fault, None, "{} by {size:?}", stream.id);
    (bed.contents(link.human, today.plus(2)), bed.asked(provider, Some(stream.id)).await)
}

pub(crate) async fn end(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let persona = somebody(&bed, provider);
    let (story, now) = (Story::new(persona), bed.now());
    let mut exactly_full = 0;
    for stream in paged(provider) {
        let days = (bed.known_since(), persona.day_of(now));
        let count = u16::try_from(told::items(provider, stream, &story, now, days).len()).expect("few days");
        if count == 0 {
            continue;
        }
        let (whole, requests) = read(provider, stream, None, persona).await;
        let sizes =
            if count <= 16 { BTreeSet::from([1, 2, count]) } else { BTreeSet::from([count.div_ceil(2), count]) };
        for size in sizes {
            let (cut, more) = read(provider, stream, Some(size), persona).await;
            same(&cut, &whole, &format!("{} in pages of {size}", stream.id));
            assert!(more >= requests, "{} in pages of {size}: {more} requests instead of {requests}", stream.id);
            exactly_full += usize::from(count.is_multiple_of(size));
        }
    }
    assert!(exactly_full > 0, "no page was exactly full");
}

/// The last page says for ever that there is one more. A page that comes again is the end, or a fault that is told.
pub(crate) async fn without_end(provider: &'static Provider) {
    // Numbered pages go on as long as they are full.
    let streams = provider.streams.iter().map(|stream| sized(stream, 1));
    let described = cut(with_streams(provider, streams.collect()), Setup::SHORT.known_days);
    let bed = Bed::with(Setup::SHORT, &[described]).await;
    let persona = somebody(&bed, provider);
    let link = bed.connect(described, persona.id).await;
    bed.fail(persona.id, &["endless_pages"]).await;
    bed.run_s(3 * 3600).await;
    let asked = bed.asked(provider, None).await;
    assert!(asked < 1500, "{asked} requests in three hours");
    let (word, reason, _) = bed.health(link);
    if word == "live" {
        let today = persona.day_of(bed.began());
        same(&bed.contents(link.human, today), &*calm(provider).await, "all that there is, once");
        return;
    }
    assert_eq!(word, "stale", "{reason:?}");
    let reason = reason.expect("why");
    assert!(reason.ends_with("pages repeat") || reason.ends_with("pages do not end"), "{reason}");
    bed.fail(persona.id, &[]).await;
    bed.run_s(86_400).await;
    assert_eq!(bed.health(link).0, "live", "{:?}", bed.health(link));
}
