//! What the archive keeps of syncs is, read again by the same parsers, what is stored: of every provider of the registry.

use std::sync::Arc;

use hilum_engine::replay::{OfData, Options, Replayer};
use hilum_model::metric::Storage;
use hilum_model::world::SeededRandom;
use hilum_model::{HumanId, Kind, Metric};
use hilum_providers::REGISTRY;
use hilum_providers::spec::Provider;
use hilum_store::records::{Filter, StoredRecord};
use hilum_store::samples::StoredSample;

use crate::bed::Bed;
use crate::browser::Press;
use crate::told::liveliest;

/// Everything of a person, with ids and times.
fn all(bed: &Bed, human: HumanId) -> (Vec<StoredRecord>, Vec<StoredSample>) {
    let records = Kind::ALL.into_iter().flat_map(|kind| bed.records(human, kind)).collect();
    let filter = Filter { limit: 50_000, ..Filter::default() };
    let series = Metric::ALL.into_iter().filter(|metric| metric.storage() == Storage::Series);
    let samples = series.flat_map(|metric| bed.engine.store.samples(human, metric, &filter).expect("read").rows);
    (records, samples.collect())
}

async fn nothing_changes(provider: &'static Provider) {
    let name = provider.id;
    let bed = Bed::of(provider).await;
    let persona = liveliest(provider, bed.now());
    let (_, link) = bed.enrol(provider, Press::allow(persona.id)).await;
    bed.settle(link).await;
    // Windows overlap, and much comes again.
    bed.run_s(3 * 3600).await;
    let before = all(&bed, link.human);
    assert!(before.0.len() + before.1.len() > 10, "{name}: nothing was told");
    bed.clock.advance_ms(60_000);
    let replayer = Replayer::new(bed.engine.store.clone(), Arc::new(SeededRandom::new(77)));
    let options = Options { prune: true, ..Options::default() };
    let report = replayer.run(&options, &|_, _| {}).await.expect("replays");
    let of = &report.providers[name];
    assert!(of.streams.values().all(|read| read.unreadable == 0), "{name}: {of:?}");
    assert!(of.streams.values().map(|read| read.payloads).sum::<u64>() > 0 && !of.data.is_empty(), "{name}");
    for (data, came) in &of.data {
        assert_eq!(*came, OfData { unchanged: came.unchanged, ..OfData::default() }, "{name}: {data}");
    }
    assert!(all(&bed, link.human) == before, "{name}: something was touched");
}

#[tokio::test]
async fn a_replay_of_what_every_provider_told_changes_nothing() {
    for provider in REGISTRY {
        nothing_changes(provider).await;
    }
}
