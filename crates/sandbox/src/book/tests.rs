use hilum_model::world::SeededRandom;
use hilum_providers::persona::PEOPLE;

use super::*;

const START: Time = Time::from_unix_s(1_000_000);
const GRACE: Rotation = Rotation::Grace { seconds: 28_800 };

struct Bench {
    book: Book,
    random: SeededRandom,
    now: Time,
}

impl Bench {
    fn new() -> Self {
        Self { book: Book::default(), random: SeededRandom::new(1), now: START }
    }
    fn code(&mut self, challenge: Option<&str>) -> String {
        let consent = Consent {
            provider: "p",
            client_id: "c".to_owned(),
            redirect_uri: "https://h.example/cb".to_owned(),
            challenge: challenge.map(str::to_owned),
            scopes: vec!["daily".to_owned()],
            persona: &PEOPLE[0],
        };
        self.book.grant(consent, 30, self.now, &self.random)
    }
    fn show(&mut self, show: &Exchange<'_>) -> Result<Issued, Refusal> {
        self.book.exchange(show, terms(Rotation::Keep), self.now, &self.random)
    }
    fn refresh(&mut self, token: &str, rotation: Rotation) -> Result<Issued, Refusal> {
        self.book.refresh("p", "c", token, terms(rotation), self.now, &self.random)
    }
    fn first(&mut self) -> (String, String) {
        let code = self.code(None);
        let issued = self.show(&exchange(&code)).expect("first tokens");
        pair(issued)
    }
}

const fn terms(rotation: Rotation) -> Terms<'static> {
    Terms { rotation, access_ttl_s: 100, secret: "s", adopt: false, account: |p| p.id.to_owned(), access_token: None }
}

fn exchange(code: &str) -> Exchange<'_> {
    Exchange { provider: "p", client_id: "c", code, redirect_uri: Some("https://h.example/cb"), verifier: None }
}

fn pair(issued: Issued) -> (String, String) {
    (issued.access_token, issued.refresh_token.expect("a refresh token"))
}

#[test]
fn a_code_works_once_in_its_time_for_its_client_and_uri() {
    let mut bench = Bench::new();
    let code = bench.code(None);
    for wrong in [
        Exchange { provider: "other", ..exchange(&code) },
        Exchange { client_id: "other", ..exchange(&code) },
        Exchange { redirect_uri: Some("https://h.example/cb/"), ..exchange(&code) },
        Exchange { redirect_uri: None, ..exchange(&code) },
        Exchange { verifier: Some("not asked for"), ..exchange(&code) },
        exchange("unknown"),
    ] {
        assert_eq!(bench.show(&wrong).err(), Some(Refusal::InvalidCode), "{wrong:?}");
    }
    assert!(bench.show(&exchange(&code)).is_ok());
    assert_eq!(bench.show(&exchange(&code)).err(), Some(Refusal::InvalidCode));
    assert_eq!(bench.book.code_replays, 1);

    let late = bench.code(None);
    bench.now = bench.now.plus_s(30);
    assert_eq!(bench.show(&exchange(&late)).err(), Some(Refusal::InvalidCode));
}

#[test]
fn the_verifier_must_fit_the_challenge() {
    // The example of RFC 7636, appendix B.
    let (verifier, challenge) =
        ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let mut bench = Bench::new();
    let code = bench.code(Some(challenge));
    assert!(bench.show(&exchange(&code)).is_err());
    assert!(bench.show(&Exchange { verifier: Some("wrong"), ..exchange(&code) }).is_err());
    assert!(bench.show(&Exchange { verifier: Some(verifier), ..exchange(&code) }).is_ok());
}

#[test]
fn reuse_under_immediate_rotation_kills_the_family() {
    let mut bench = Bench::new();
    let (_, first) = bench.first();
    let (access, second) = pair(bench.refresh(&first, Rotation::Immediate).expect("works once"));
    assert!(bench.book.bearer("p", &access, bench.now, true).is_ok());
    assert!(bench.refresh(&first, Rotation::Immediate).is_err());
    assert!(bench.refresh(&second, Rotation::Immediate).is_err());
    assert!(bench.book.bearer("p", &access, bench.now, true).is_err());
    assert_eq!(bench.book.refresh_reuses, 1);
    assert_eq!(bench.book.families[0].refresh_calls, [2, 1]);
}

#[test]
fn grace_lasts_until_its_time_or_until_the_new_token_is_used() {
    let mut bench = Bench::new();
    let (_, first) = bench.first();
    let (_, _) = pair(bench.refresh(&first, GRACE).expect("new pair"));
    bench.now = bench.now.plus_s(28_799);
    let (access, second) = pair(bench.refresh(&first, GRACE).expect("the old one still works"));
    assert!(bench.book.bearer("p", &access, bench.now, true).is_ok());
    assert!(bench.refresh(&first, GRACE).is_err(), "the new access token was used");
    // Nothing else dies of it.
    let (_, third) = pair(bench.refresh(&second, GRACE).expect("current"));
    bench.now = bench.now.plus_s(28_800);
    assert!(bench.refresh(&second, GRACE).is_err(), "its time is over");
    assert!(bench.refresh(&third, GRACE).is_ok());
}

#[test]
fn a_kept_refresh_token_stays() {
    let mut bench = Bench::new();
    let (_, first) = bench.first();
    for _ in 0..3 {
        assert!(bench.refresh(&first, Rotation::Keep).expect("works").refresh_token.is_none());
    }
    assert_eq!(bench.book.refresh_reuses, 0);
}

#[test]
fn access_tokens_expire_and_are_revoked() {
    let mut bench = Bench::new();
    let (access, refresh) = bench.first();
    assert!(bench.book.bearer("other", &access, bench.now, true).is_err());
    assert!(bench.book.bearer("p", &access, bench.now.plus_s(99), true).is_ok());
    assert!(bench.book.bearer("p", &access, bench.now.plus_s(100), true).is_err());

    bench.book.expire_access(Some("p"), &PEOPLE[1], bench.now);
    assert!(bench.book.bearer("p", &access, bench.now, true).is_ok(), "another person's expire");
    bench.book.expire_access(None, &PEOPLE[0], bench.now);
    assert!(bench.book.bearer("p", &access, bench.now, true).is_err());

    let (access, _) = pair(bench.refresh(&refresh, Rotation::Immediate).expect("still works"));
    assert!(!bench.book.revoke_token("other", None, &access));
    assert!(bench.book.revoke_token("p", Some("c"), &access));
    assert!(!bench.book.revoke_token("p", Some("c"), &access), "already dead");
    assert!(bench.book.bearer("p", &access, bench.now, true).is_err());
}

#[test]
fn a_nonce_works_once_for_its_client() {
    let mut bench = Bench::new();
    let nonce = bench.book.nonce("p", "c", bench.now, &bench.random);
    assert!(!bench.book.use_nonce("p", "other", &nonce, bench.now));
    assert!(!bench.book.use_nonce("p", "c", &nonce, bench.now.plus_s(1800)));
    assert!(bench.book.use_nonce("p", "c", &nonce, bench.now.plus_s(1799)));
    assert!(!bench.book.use_nonce("p", "c", &nonce, bench.now));
}

#[test]
fn a_new_sandbox_takes_up_sealed_grants_if_it_is_told_to() {
    let mut old = Bench::new();
    let (_, refresh) = old.first();
    let told = Terms { adopt: true, ..terms(Rotation::Immediate) };
    let forged = refresh.replace(&refresh[..4], "beef");
    for (provider, client, shown, terms) in [
        ("p", "c", refresh.as_str(), Terms { adopt: false, ..told }),
        ("q", "c", &refresh, told),
        ("p", "d", &refresh, told),
        ("p", "c", &refresh, Terms { secret: "other", ..told }),
        ("p", "c", &forged, told),
        ("p", "c", "made up", told),
    ] {
        let mut new = Bench::new();
        let refused = new.book.refresh(provider, client, shown, terms, START, &new.random);
        assert_eq!(refused.err(), Some(Refusal::InvalidRefresh), "{provider} {client} {shown}");
    }
    let mut new = Bench::new();
    let issued = new.book.refresh("p", "c", &refresh, told, START, &new.random).expect("taken up");
    assert_eq!((issued.persona.id, issued.scopes), (PEOPLE[0].id, vec!["daily".to_owned()]));
    assert!(new.book.refresh("p", "c", &refresh, told, START, &new.random).is_err(), "and rotated as ever");
    assert_eq!(new.book.refresh_reuses, 1);
}
