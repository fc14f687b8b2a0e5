//! Much at once: what comes of it is what comes of one after the other.

use std::collections::BTreeSet;
use std::convert::Infallible;

use bytes::Bytes;
use hilum_model::HumanId;
use hilum_providers::REGISTRY;
use hilum_providers::spec::Provider;
use hilum_store::imports::ImportState;

use super::{calm, somebody};
use crate::bed::{Bed, Setup};
use crate::browser::Press;
use crate::held::same;

/// A batch as an SDK sends it, of two days that providers tell, too.
const POST: &str = r#"{"source": "bracelet", "observations": [
    {"metric": "heart_rate", "start": "2026-11-20T08:00:00Z", "value": 61, "unit": "/min"},
    {"metric": "heart_rate", "start": "2026-11-20T08:01:00Z", "value": 62, "unit": "/min"},
    {"metric": "steps", "start": "2026-11-21T08:00:00Z", "end": "2026-11-21T08:01:00Z", "value": 90, "unit": "1"}
]}"#;

/// A file that the person brings.
const FILE: &str = "metric,start,end,value,unit\n\
    heart_rate,2026-11-20T08:00:00Z,,58,/min\n\
    heart_rate,2026-11-21T08:00:00Z,,59,/min\n\
    weight,2026-11-20T07:00:00Z,,71.5,kg\n";

async fn post(bed: &Bed, human: HumanId) {
    let read = hilum_providers::ingest::read(POST.as_bytes()).expect("the documented form");
    assert!(read.rejected.is_empty(), "{:?}", read.rejected);
    bed.engine.ingest(human, read, POST.as_bytes()).await.expect("applied");
}

async fn upload(bed: &Bed, human: HumanId) {
    let import = bed.engine.begin_upload(human, None).await.expect("begun");
    let body = futures_util::stream::iter([Ok::<_, Infallible>(Bytes::from_static(FILE.as_bytes()))]);
    let import = bed.engine.receive_upload(human, import.import_id, 0, body).await.expect("received");
    assert_ne!(import.state, ImportState::Receiving);
}

/// Whoever comes after it in the registry.
fn next(provider: &Provider) -> &'static Provider {
    let at = REGISTRY.iter().position(|one| one.id == provider.id).expect("registered");
    REGISTRY[(at + 1) % REGISTRY.len()]
}

pub(crate) async fn two_providers(provider: &'static Provider) {
    let mut held: Vec<BTreeSet<String>> = Vec::new();
    for at_once in [false, true] {
        let both = [provider, next(provider)];
        let bed = Bed::with(Setup::SHORT, &both).await;
        let persona = somebody(&bed, provider);
        let today = persona.day_of(bed.now());
        let (person, links) = bed.enrol_at(&both, Press::allow(persona.id)).await;
        let human = person.human;
        if at_once {
            tokio::join!(bed.drain(), post(&bed, human), bed.drain(), upload(&bed, human), bed.drain());
        } else {
            post(&bed, human).await;
            upload(&bed, human).await;
        }
        for link in links {
            bed.settle(link).await;
            assert_eq!(bed.health(link).0, "live");
        }
        held.push(bed.contents(human, today));
    }
    assert!(!held[0].is_empty());
    same(&held[1], &held[0], "at once");
}

pub(crate) async fn two_people(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let persona = somebody(&bed, provider);
    let other = hilum_providers::persona::PEOPLE.iter().find(|one| one.id != persona.id).expect("five people");
    let today = persona.day_of(bed.now());
    let (one, first) = bed.enrol(provider, Press::allow(persona.id)).await;
    let (two, second) = bed.enrol(provider, Press::allow(other.id)).await;
    tokio::join!(bed.drain(), bed.drain(), bed.drain());
    for link in [first, second] {
        bed.settle(link).await;
    }
    same(&bed.contents(one.human, today), &*calm(provider).await, persona.id);
    let alone = Bed::of(provider).await;
    let (single, link) = alone.enrol(provider, Press::allow(other.id)).await;
    alone.settle(link).await;
    same(&bed.contents(two.human, today), &alone.contents(single.human, today), other.id);
}
