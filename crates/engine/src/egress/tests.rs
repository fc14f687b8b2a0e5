use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Response};
use axum::routing::{get, post};

use super::resolver::tests::ScriptedLookup;
use super::*;

fn call(url: impl Into<String>) -> Call {
    Call::get(url.into(), false)
}

fn local(url: impl Into<String>) -> Call {
    Call { loopback: true, ..call(url) }
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

#[tokio::test]
async fn urls_that_are_never_called() {
    let egress = Egress::new().expect("client");
    for url in [
        "http://provider.example/",
        "ftp://provider.example/",
        "file:///etc/passwd",
        "https://provider.example:22/",
        "https://provider.example:80/",
        "https://user:secret@provider.example/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://017700000001/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.1.2.3:8443/",
        "https://[64:ff9b::7f00:1]/",
        "not a url",
        "",
    ] {
        assert!(matches!(egress.send(call(url)).await, Err(EgressError::Refused(_))), "{url}");
    }
    for url in ["https://127.0.0.1/", "http://8.8.8.8/", "http://10.0.0.1/", "http://[fe80::1]/"] {
        assert!(matches!(egress.send(local(url)).await, Err(EgressError::Refused(_))), "{url}");
    }
}

#[tokio::test]
async fn names_with_forbidden_addresses_are_refused_after_resolution() {
    for addresses in [["127.0.0.1"], ["10.0.0.1"], ["::1"], ["169.254.169.254"], ["100.64.0.1"]] {
        let lookup: Arc<dyn Lookup> = Arc::new(ScriptedLookup::new(&[&addresses]));
        let egress = Egress::with_lookup(&lookup).expect("client");
        let answer = egress.send(call("https://rebound.example/")).await;
        assert_eq!(answer.expect_err("refused"), EgressError::Refused("host"), "{addresses:?}");
    }
    let lookup: Arc<dyn Lookup> = Arc::new(ScriptedLookup::new(&[&["8.8.8.8"]]));
    let egress = Egress::with_lookup(&lookup).expect("client");
    let answer = egress.send(local("http://sandbox.example:1/")).await;
    assert_eq!(answer.expect_err("refused"), EgressError::Refused("host"));
}

fn message(url: &str) -> Post {
    let url = hilum_model::Secret::new(url.to_owned());
    Post { url, headers: Vec::new(), body: b"{}".to_vec(), deadline: std::time::Duration::from_secs(5) }
}

#[tokio::test]
async fn messages_reach_opened_networks_and_calls_do_not() {
    let base = serve(Router::new().route("/hook", post(|| async { "taken" }))).await;
    let port = base.rsplit(':').next().expect("port").to_owned();
    let mut opened = Networks::default();
    opened.open("127.0.0.0/8").expect("a network");
    // Names are resolved once for each call.
    let names = |addresses: &[&[&'static str]]| -> Arc<dyn Lookup> { Arc::new(ScriptedLookup::new(addresses)) };
    let egress = |lookup: &Arc<dyn Lookup>, networks: &Networks| {
        Egress::with_lookup(lookup).expect("client").opened_to(networks)
    };
    let named = format!("http://app.internal:{port}/hook");

    let told = egress(&names(&[]), &opened).post(message(&format!("{base}/hook"))).await;
    assert_eq!(told, Ok(Told { status: 200, retry_after: None }), "by address");
    let told = egress(&names(&[&["127.0.0.1"]]), &opened).post(message(&named)).await;
    assert_eq!(told, Ok(Told { status: 200, retry_after: None }), "by name");

    for addresses in [&["8.8.8.8"][..], &["10.0.0.1"], &["127.0.0.1", "8.8.8.8"]] {
        let told = egress(&names(&[addresses]), &opened).post(message(&named)).await;
        assert_eq!(told, Err(EgressError::Refused("host")), "plain http to {addresses:?}");
    }
    let secure = "https://app.example/hook";
    for addresses in [&["10.0.0.1"][..], &["169.254.169.254"], &["8.8.8.8", "192.168.0.1"]] {
        let told = egress(&names(&[addresses]), &opened).post(message(secure)).await;
        assert_eq!(told, Err(EgressError::Refused("host")), "https to {addresses:?}");
    }
    let closed = egress(&names(&[&["127.0.0.1"]]), &Networks::default()).post(message(&named)).await;
    assert!(matches!(closed, Err(EgressError::Refused(_))), "nothing is open by itself");
    let call = egress(&names(&[&["127.0.0.1"]]), &opened).send(call("https://provider.example/")).await;
    assert_eq!(call.expect_err("refused"), EgressError::Refused("host"), "a provider is never in such a network");
}

#[test]
fn a_configured_base_opens_its_port_only() {
    let mut egress = Egress::new().expect("client");
    egress.allow_port_of("https://provider.example:9443/v2");
    assert!(egress.ports.contains(&9443) && !egress.ports.contains(&22) && egress.ports.contains(&443));
}

#[tokio::test]
async fn sends_form_and_authorization_and_nothing_else() {
    let echo = |headers: HeaderMap, body: String| async move {
        let mut names: Vec<String> = headers.keys().map(ToString::to_string).collect();
        names.sort();
        let authorization = headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or("-").to_owned();
        format!("{}|{authorization}|{body}", names.join(","))
    };
    let base = serve(Router::new().route("/echo", post(echo))).await;
    let egress = Egress::new().expect("client");
    let form = vec![("a".to_owned(), "1 &".to_owned()), ("a".to_owned(), "é".to_owned())];
    let mut request = Call { payload: Payload::Form(form), ..local(format!("{base}/echo")) };
    request.authorization = Some(Authorization::Basic("id".to_owned(), Secret::new("pw".to_owned())));
    let reply = egress.send(request).await.expect("answer");
    // base64("id:pw") = aWQ6cHc=
    assert_eq!(
        String::from_utf8_lossy(&reply.body),
        "accept,accept-encoding,authorization,content-length,content-type,host,user-agent|Basic aWQ6cHc=|a=1+%26&a=%C3%A9"
    );
}

#[tokio::test]
async fn redirects_are_answers() {
    let to = "http://127.0.0.1:1/elsewhere";
    let redirect = move || async move { (axum::http::StatusCode::FOUND, [("location", to)], "") };
    let base = serve(Router::new().route("/go", get(redirect))).await;
    let reply = Egress::new().expect("client").send(local(format!("{base}/go"))).await.expect("answer");
    assert_eq!(reply.status, 302);
}

#[tokio::test]
async fn bodies_are_counted_as_inflated() {
    // Zeros compress by a factor of about a thousand: what travels is small, what comes out is at the limit.
    let big = || async { vec![0_u8; BODY_LIMIT + 1] };
    let fits = || async { vec![0_u8; BODY_LIMIT] };
    let router = Router::new()
        .route("/big", get(big))
        .route("/fits", get(fits))
        .layer(tower_http::compression::CompressionLayer::new());
    let base = serve(router).await;
    let egress = Egress::new().expect("client");
    assert_eq!(egress.send(local(format!("{base}/big"))).await.expect_err("too large"), EgressError::TooLarge);
    assert_eq!(egress.send(local(format!("{base}/fits"))).await.expect("fits").body.len(), BODY_LIMIT);
}

#[tokio::test]
async fn broken_and_missing_connections_are_told_apart() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        use tokio::io::AsyncReadExt;
        let (mut socket, _) = listener.accept().await.expect("a caller");
        // The request arrives; then the line goes dead.
        let read = socket.read(&mut [0; 1024]).await.expect("request");
        assert!(read > 0);
    });
    let egress = Egress::new().expect("client");
    let broken = egress.send(local(format!("http://{address}/"))).await.expect_err("broken");
    assert_eq!((broken.nothing_sent(), broken), (false, EgressError::NoAnswer));
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback").local_addr().expect("bound");
    let refused = egress.send(local(format!("http://{free}/"))).await.expect_err("nobody listens");
    assert_eq!((refused.nothing_sent(), refused), (true, EgressError::Unreachable));
}

#[tokio::test]
async fn retry_after_comes_along() {
    let busy =
        || async { Response::builder().status(429).header("retry-after", "7").body(Body::empty()).expect("an answer") };
    let base = serve(Router::new().route("/busy", get(busy))).await;
    let reply = Egress::new().expect("client").send(local(format!("{base}/busy"))).await.expect("answer");
    assert_eq!((reply.status, reply.retry_after), (429, Some(RetryAfter::Seconds(7))));
}

#[test]
fn nothing_of_a_call_can_be_printed() {
    let mut secret = call("https://provider.example/revoke?access_token=canary");
    secret.payload = Payload::Form(vec![("refresh_token".to_owned(), "canary".to_owned())]);
    secret.authorization = Some(Authorization::Bearer(Secret::new("canary".to_owned())));
    let reply = Reply {
        status: 200,
        retry_after: None,
        headers: reqwest::header::HeaderMap::new(),
        body: Bytes::from_static(b"canary"),
    };
    let printed = format!("{secret:?} {:?} {reply:?}", secret.authorization);
    assert!(!printed.contains("canary"), "{printed}");
}
