//! A person's way: the Connect page, the provider's consent page, the callback, and the app that comes for its tokens.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use hilum_engine::enrol::{CallbackAnswer, Ended, EnrolError, Landing, Launch, LoginResult, Started, TokenRequest};
use hilum_model::{ConnectionId, HumanId, Phi, Secret};
use hilum_providers::spec::Provider;
use url::Url;

use crate::bed::{APP_SECRET, Bed, Link};

/// What a person presses on the consent page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Press<'a> {
    pub(crate) persona: &'a str,
    pub(crate) decision: &'a str,
    /// Scopes that stay ticked; `None`: all.
    pub(crate) scopes: Option<&'a [&'a str]>,
}

impl<'a> Press<'a> {
    pub(crate) const fn allow(persona: &'a str) -> Self {
        Self { persona, decision: "allow", scopes: None }
    }
}

/// Somebody whom the app knows.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) human: HumanId,
    pub(crate) public_token: Secret<String>,
}

/// A redirect back, as the browser brings it.
pub(crate) type Back = BTreeMap<String, String>;

impl Bed {
    /// Opens Connect for somebody new, or for a person that the app knows. Gives the page's secret.
    pub(crate) async fn open(&self, who: Option<&Person>) -> Secret<String> {
        let user = hex::encode(hilum_model::world::random_bytes::<8>(&*self.engine.random));
        let launch = Launch {
            client_id: Some(self.app.client_id.to_string()),
            client_user_id: who.is_none().then(|| Phi::new(user)),
            public_token: who.map(|person| person.public_token.clone()),
            at_root: true,
            ..Launch::default()
        };
        self.engine.open(self.app.clone(), launch, None, |_| None).await.expect("a page").page_secret
    }

    pub(crate) async fn start(&self, page: &Secret<String>, provider: &Provider, renews: Option<Link>) -> Started {
        let region = provider.regions.first().map(|region| region.id);
        let renews = renews.map(|link| link.id.to_string());
        let started = self.engine.start_login(page.expose(), provider.id, region, renews.as_deref()).await;
        started.expect("a login")
    }

    /// Presses on the consent page; `None` if the provider sends nobody back.
    pub(crate) async fn press(&self, provider: &Provider, started: &Started, press: Press<'_>) -> Option<Back> {
        let page = Url::parse(&started.authorize_url).expect("a URL");
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("persona", press.persona).append_pair("decision", press.decision);
        for scope in provider.scopes().iter().filter(|scope| press.scopes.is_none_or(|kept| kept.contains(scope))) {
            form.append_pair("scope", scope);
        }
        let request = Request::post(format!("{}?{}", page.path(), page.query().unwrap_or_default()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.finish()))
            .expect("a request");
        let answer = self.send(request).await;
        let back = answer.headers().get("location")?.to_str().expect("text").to_owned();
        Some(Url::parse(&back).expect("a URL").query_pairs().into_owned().collect())
    }

    /// Brings a redirect to the callback, in the window that began the login.
    pub(crate) async fn land(
        &self,
        provider: &Provider,
        started: &Started,
        back: &Back,
    ) -> Result<Landing, EnrolError> {
        let all = |name: &str| back.get(name).cloned().into_iter().collect::<Vec<String>>();
        let secrets = |name: &str| all(name).into_iter().map(Secret::new).collect();
        let answer = CallbackAnswer {
            state: secrets("state"),
            code: secrets("code"),
            error: all("error"),
            scope: all("scope"),
            garbled: false,
        };
        let (flow, cookie) = (started.flow_id, started.cookie.expose().clone());
        self.engine.finish_login(provider.id, answer, |asked| (asked == flow).then(|| cookie.clone())).await
    }

    /// One login from the click to the callback.
    pub(crate) async fn login(
        &self,
        page: &Secret<String>,
        provider: &Provider,
        renews: Option<Link>,
        press: Press<'_>,
    ) -> LoginResult {
        let started = self.start(page, provider, renews).await;
        let back = self.press(provider, &started, press).await.expect("sent back");
        self.land(provider, &started, &back).await.expect("a landing").result
    }

    /// Ends the page; the app's server exchanges what it is handed. `None` if there was nothing to hand.
    pub(crate) async fn done(&self, page: &Secret<String>) -> Option<Person> {
        let Ended::Finish(token) = self.engine.end_session(page.expose()).await.expect("an end").2 else { return None };
        let request = TokenRequest {
            human_id: token.human_id.to_string(),
            client_id: token.client_id.to_string(),
            client_secret: Secret::new(APP_SECRET.to_owned()),
            session_token: token.session_token,
            client_user_id: None,
        };
        let exchanged = self.engine.exchange_session(request, None).await.expect("exchanged");
        Some(Person { human: exchanged.human_id, public_token: exchanged.public_token })
    }

    /// Somebody new who connects one provider; the app has exchanged its token, and nothing is fetched yet.
    pub(crate) async fn enrol(&self, provider: &'static Provider, press: Press<'_>) -> (Person, Link) {
        let (person, links) = self.enrol_at(&[provider], press).await;
        (person, links[0])
    }

    /// Somebody new who connects several providers at one sitting.
    pub(crate) async fn enrol_at(&self, providers: &[&'static Provider], press: Press<'_>) -> (Person, Vec<Link>) {
        let page = self.open(None).await;
        for provider in providers {
            assert_eq!(self.login(&page, provider, None, press).await, LoginResult::Connected, "{}", provider.id);
        }
        let person = self.done(&page).await.expect("something to hand over");
        let links = providers.iter().map(|provider| self.link(&person, provider)).collect();
        (person, links)
    }

    pub(crate) async fn connect(&self, provider: &'static Provider, persona: &str) -> Link {
        self.enrol(provider, Press::allow(persona)).await.1
    }

    /// The person's connections at a provider.
    pub(crate) fn ids(&self, human: HumanId, provider: &Provider) -> Vec<ConnectionId> {
        let all = self.engine.store.connections(human).expect("read");
        all.iter().filter(|row| row.provider == provider.id).map(|row| row.connection_id).collect()
    }

    fn link(&self, person: &Person, provider: &'static Provider) -> Link {
        let ids = self.ids(person.human, provider);
        assert_eq!(ids.len(), 1, "{}", provider.id);
        Link { provider, human: person.human, id: ids[0] }
    }
}
