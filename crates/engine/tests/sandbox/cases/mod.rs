//! The cases. Each one gets a sandbox, a store and an engine of its own.

pub(crate) mod answers;
pub(crate) mod connecting;
pub(crate) mod days;
pub(crate) mod limits;
pub(crate) mod notices;
pub(crate) mod pages;
pub(crate) mod silence;
pub(crate) mod together;
pub(crate) mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use hilum_providers::persona::Persona;
use hilum_providers::spec::Provider;
use tokio::sync::OnceCell;

use crate::bed::{Bed, Link};
use crate::browser::{Person, Press};
use crate::told::liveliest;

/// Whoever has most to tell at the provider.
fn somebody(bed: &Bed, provider: &Provider) -> &'static Persona {
    liveliest(provider, bed.now())
}

/// A bed on which somebody is connected and all is read.
async fn settled(provider: &'static Provider) -> (Bed, Person, Link, &'static Persona) {
    let bed = Bed::of(provider).await;
    let persona = somebody(&bed, provider);
    let (person, link) = bed.enrol(provider, Press::allow(persona.id)).await;
    bed.settle(link).await;
    (bed, person, link, persona)
}

/// What is stored of whole days when nothing goes wrong; worked out once for all cases.
async fn calm(provider: &'static Provider) -> Arc<BTreeSet<String>> {
    type Known = Arc<OnceCell<Arc<BTreeSet<String>>>>;
    static ALL: LazyLock<Mutex<BTreeMap<&'static str, Known>>> = LazyLock::new(Mutex::default);
    let known = Arc::clone(ALL.lock().unwrap_or_else(PoisonError::into_inner).entry(provider.id).or_default());
    let told = known.get_or_init(|| async {
        let (bed, _, link, persona) = settled(provider).await;
        let held = bed.contents(link.human, persona.day_of(bed.began()));
        assert!(!held.is_empty(), "nothing was told");
        Arc::new(held)
    });
    Arc::clone(told.await)
}
