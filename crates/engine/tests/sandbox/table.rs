//! The suite over every provider of the registry: which cases there are, which provider each one fits, and its run.
//! Nothing here names a provider. What does not fit follows from the description, so a provider that is added to the
//! registry is tried without a line here; `docs/CONFORMANCE.md` shows what that comes to.

use std::any::Any;
use std::fmt::Write as _;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::pin::Pin;

use futures_util::FutureExt as _;
use hilum_providers::REGISTRY;
use hilum_providers::spec::Provider;

use crate::cases::{answers, connecting, days, limits, notices, pages, silence, together, tokens};

type Run = Pin<Box<dyn Future<Output = ()>>>;

/// One thing that must hold at every provider that it fits.
pub(crate) struct Case {
    name: &'static str,
    /// What it shows, for the table.
    shows: &'static str,
    fits: fn(&Provider) -> bool,
    run: fn(&'static Provider) -> Run,
}

macro_rules! cases {
    ($($module:ident::$name:ident if $fits:expr => $shows:literal;)*) => {
        const CASES: &[Case] = &[$(Case {
            name: stringify!($name),
            shows: $shows,
            fits: $fits,
            run: |provider| Box::pin($module::$name(provider)),
        },)*];

        $(#[tokio::test]
        async fn $name() {
            over_the_registry(stringify!($name)).await;
        })*
    };
}

const ALL: fn(&Provider) -> bool = |_| true;

cases! {
    connecting::connects_and_reads if ALL => "connected by the whole road, everything told is stored";
    connecting::denied if ALL => "denied: nothing is connected, kept or asked for";
    connecting::code_comes_twice if ALL => "a callback and its code work once";
    connecting::scopes_left_out if connecting::has_scopes => "streams of refused scopes are not asked for, and it is told";
    connecting::scope_taken_away if connecting::are_told => "a scope that turns out to be missing is told, and asked for again tomorrow";
    connecting::another_region if connecting::has_regions => "an account of another region is not connected";
    connecting::renewed_by_another_account if ALL => "a renewal by another account needs a yes";
    connecting::disconnected if ALL => "disconnecting ends the grant where the provider can, and the jobs";
    tokens::rotate if tokens::are_refreshed => "each refresh token is used once, as the provider rotates them";
    tokens::killed_before_the_call if tokens::are_refreshed => "a crash between the intent of a refresh and its call";
    tokens::answer_lost if tokens::are_refreshed => "a lost answer of a refresh";
    tokens::shown_by_somebody_else if tokens::die_of_reuse => "a reused refresh token ends the grant, and it is told";
    tokens::endpoint_unwell if tokens::are_refreshed => "a token endpoint in trouble loses nothing";
    tokens::end_early if ALL => "access that ends early is renewed, or it is told";
    tokens::revoked_there if ALL => "a revocation is told, and a renewal keeps every id";
    pages::end if pages::are_cut => "pages that are exactly full, the last one empty";
    pages::without_end if pages::are_cut => "pages without end: all there is once, or told as a fault";
    limits::too_many_requests if ALL => "429 with both forms of Retry-After";
    limits::are_kept if ALL => "a first sync of the whole history within the provider's own limits";
    answers::server_errors if ALL => "5xx: told, then read with nothing lost";
    answers::garbage if ALL => "garbage: nothing stored, no cursor moves";
    answers::html if ALL => "HTML: nothing stored, no cursor moves";
    answers::truncated if answers::is_read => "half an answer: nothing stored, no cursor moves";
    answers::empty if answers::is_read => "204 in the place of data loses nothing";
    days::lived if ALL => "the stored day is the day that was lived, for all five people";
    days::clocks_change if ALL => "a day of 25 hours, and a journey";
    days::corrected_late if days::corrects => "a correction: same id, `updatedAt` moved, nothing else touched";
    silence::is_told if answers::is_read => "success without news is quiet, or a fault where the provider has newer data";
    notices::right if notices::are_sent => "a right notice is heeded once, also when it comes twice";
    notices::wrong if notices::are_sent => "a wrong, missing or stale signature is refused and asks for nothing";
    notices::greeting if notices::are_sent => "the provider's greeting is answered";
    notices::deauthorised if notices::end_grants => "an authorisation that ends there ends here";
    notices::deleted if notices::tell_deletions => "what is deleted there is deleted here, if it is signed";
    together::two_providers if ALL => "two first syncs, a push and an import at once lose nothing";
    together::two_people if ALL => "two people's first syncs of one provider at once lose nothing";
}

/// Runs one case at every provider that it fits; what goes wrong is told with its provider.
async fn over_the_registry(name: &str) {
    let case = CASES.iter().find(|case| case.name == name).expect("a case");
    let (mut ran, mut wrong) = (Vec::new(), Vec::new());
    for provider in REGISTRY.iter().copied().filter(|provider| (case.fits)(provider)) {
        ran.push(provider.id);
        if let Err(panic) = AssertUnwindSafe((case.run)(provider)).catch_unwind().await {
            wrong.push(format!("{}, {name}: {}", provider.id, words(&*panic)));
        }
    }
    assert!(!ran.is_empty(), "{name} fits no provider: it shows nothing");
    assert!(wrong.is_empty(), "{} of {} failed\n\n{}\n", wrong.len(), ran.len(), wrong.join("\n\n"));
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words")
}

/// The cases by provider, as they run.
fn document() -> String {
    let mut out = String::from(
        "# Conformance\n\nWhat is tried at each provider's sandbox by the whole engine and a real store, in \
         `crates/engine/tests/sandbox`. Made by\n`UPDATE=1 cargo test -p hilum-engine --test sandbox conformance`; a test \
         fails when it is not up to date. Each **x** is a run whose\nfailure is told with the provider's name; an empty \
         place does not fit the provider by its description (no regions, no notices,\nno pages).\n\n",
    );
    let heads: Vec<&str> = REGISTRY.iter().map(|provider| provider.id).collect();
    writeln!(out, "| case | {} |", heads.join(" | ")).expect("written");
    writeln!(out, "|---|{}", "---|".repeat(heads.len())).expect("written");
    for case in CASES {
        let cells: Vec<&str> = REGISTRY.iter().map(|provider| if (case.fits)(provider) { "x" } else { "" }).collect();
        writeln!(out, "| {} | {} |", case.shows, cells.join(" | ")).expect("written");
    }
    out
}

#[test]
fn conformance_is_written_down() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CONFORMANCE.md");
    let now = document();
    for provider in REGISTRY {
        let tried = CASES.iter().filter(|case| (case.fits)(provider)).count();
        assert!(tried >= 15, "{}: only {tried} cases fit", provider.id);
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &now).expect("written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let how = "UPDATE=1 cargo test -p hilum-engine --test sandbox conformance writes it";
    assert!(committed == now, "docs/CONFORMANCE.md is not up to date: {how}");
}
