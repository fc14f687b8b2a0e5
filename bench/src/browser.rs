//! As much of a browser as the Connect flow needs: cookies, forms, one kept-alive connection to each server.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use serde_json::Value;
use url::Url;

use crate::client::{Answer, Client};

/// One person's browser.
#[derive(Default)]
pub(crate) struct Browser {
    sites: BTreeMap<SocketAddr, Site>,
}

#[derive(Default)]
struct Site {
    client: Option<Client>,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Opens an address.
    pub(crate) async fn get(&mut self, url: &Url) -> anyhow::Result<Answer> {
        self.send(url, "text/html", false, None).await
    }

    /// Sends a form from a page of the same origin, asking for `accept`.
    pub(crate) async fn post(&mut self, url: &Url, accept: &str, fields: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(url, accept, true, Some(("application/x-www-form-urlencoded", form))).await
    }

    /// Sends JSON from a page of the same origin.
    pub(crate) async fn post_json(&mut self, url: &Url, body: &Value) -> anyhow::Result<Answer> {
        self.send(url, "application/json", true, Some(("application/json", body.to_string()))).await
    }

    /// Sends JSON as a server does: from no page.
    pub(crate) async fn call(&mut self, url: &Url, body: &Value) -> anyhow::Result<Answer> {
        self.send(url, "application/json", false, Some(("application/json", body.to_string()))).await
    }

    async fn send(
        &mut self,
        url: &Url,
        accept: &str,
        from_page: bool,
        body: Option<(&str, String)>,
    ) -> anyhow::Result<Answer> {
        let at = address(url)?;
        let site = self.sites.entry(at).or_default();
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let method = if body.is_some() { "POST" } else { "GET" };
        let mut call = Request::builder().method(method).uri(target).header(header::HOST, at.to_string());
        call = call.header(header::ACCEPT, accept);
        if !site.cookies.is_empty() {
            let cookies: Vec<String> = site.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            call = call.header(header::COOKIE, cookies.join("; "));
        }
        let body = match body {
            None => Bytes::new(),
            Some((content_type, body)) => {
                call = call.header(header::CONTENT_TYPE, content_type);
                if from_page {
                    call = call.header(header::ORIGIN, url.origin().ascii_serialization());
                }
                body.into()
            }
        };
        let client = match &mut site.client {
            Some(client) => client,
            none => none.insert(Client::connect(at).await?),
        };
        let answer =
            client.send(call.body(Full::new(body))?).await.with_context(|| format!("{method} {}", url.path()))?;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                site.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }
}

/// Loopback address of a URL.
fn address(url: &Url) -> anyhow::Result<SocketAddr> {
    let (host, port) = (url.host_str().context("host")?, url.port_or_known_default().context("port")?);
    Ok(SocketAddr::new(host.parse()?, port))
}

/// Where a redirect leads.
pub(crate) fn redirect(from: &Url, answer: &Answer) -> anyhow::Result<Url> {
    ensure!(answer.status.is_redirection(), "{} answered {} instead of a redirect", from.path(), answer.status);
    let location = answer.headers.get(header::LOCATION).context("Location")?.to_str()?;
    Ok(from.join(location)?)
}

/// The data that a Connect page carries.
pub(crate) fn page_data(answer: &Answer) -> anyhow::Result<Value> {
    let html = std::str::from_utf8(&answer.body)?;
    let (_, rest) = html.split_once("id=\"hilum-data\">").context("page data")?;
    let (json, _) = rest.split_once("</script>").context("end of the page data")?;
    let data: Value = serde_json::from_str(json)?;
    ensure!(data["error"].is_null(), "Connect says {}", data["error"]);
    Ok(data)
}

/// A text member of the page data.
pub(crate) fn text<'a>(data: &'a Value, member: &str) -> anyhow::Result<&'a str> {
    data[member].as_str().with_context(|| format!("{member} in the page data"))
}
