//! Traits as sources tell them, and genotypes as files brought them.

use hilum_model::genotypes::{Call, Gathered, Genotypes, Locus};
use hilum_model::{Batch, Body, HumanId};
use serde_json::json;

use super::world::{TOKEN, World, ids, record};

/// What a file with these places becomes.
pub(super) async fn bring(world: &World, human: HumanId, connection: &str, places: &[(&str, &str)]) {
    let connection = world.connect(human, "23andme", connection).await;
    let mut gathered = Gathered::default();
    for (name, call) in places {
        gathered.add(Locus::parse(name).expect("name"), Call::parse(call).expect("call"));
    }
    let mut batch = Batch::default();
    for block in gathered.into_blocks() {
        batch.record(record(&Genotypes::key(block.block), Body::Genotypes(block)));
    }
    world.apply(human, connection, batch).await;
}

#[tokio::test]
async fn traits() {
    let world = World::full().await;
    let expected = concat!(
        r#"[{"userId":"601b89371e42d4a66a4bd866","humanId":"6f0d96ac999b9de597c0aa26b5c1ece3","#,
        r#""description":"Ability to digest milk sugar","trait":"Likely tolerant","#,
        r#""possibleTraits":["Likely tolerant","Likely intolerant"]}]"#
    );
    let answer = world.get("/genetic/traits").await;
    assert_eq!((answer.text(), answer.header("x-total-count")), (expected, "1"));
    let none = world.get("/genetic/traits?source=oura").await;
    assert_eq!((none.text(), none.header("x-total-count")), ("[]", "0"));
}

#[tokio::test]
async fn genotypes_by_place() {
    let world = World::full().await;
    let human = ids().0;
    // Nobody brought a file yet.
    let answer = world.get("/genetic/genotypes?locations=rs3094315%20i3000001").await;
    assert_eq!(
        answer.json(),
        json!({"genotypes": [{"location": "rs3094315", "call": "__"}, {"location": "i3000001", "call": "__"}]})
    );
    bring(&world, human, "232323232323232323232323", &[("rs3094315", "AA"), ("rs4477212", "--"), ("i3000001", "C")])
        .await;
    let answer = world.get("/genetic/genotypes?locations=rs3094315%20i3000002,RS4477212+nonsense+i3000001").await;
    let body = answer.json();
    let id = body["id"].as_str().expect("id").to_owned();
    assert!(id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    assert_eq!(
        body["genotypes"],
        json!([
            {"location": "rs3094315", "call": "AA"},
            {"location": "i3000002", "call": "__"},
            {"location": "RS4477212", "call": "--"},
            {"location": "nonsense", "call": "__"},
            {"location": "i3000001", "call": "C"},
        ])
    );
    // A later file replaces it, also where it says less.
    bring(&world, human, "232323232323232323232323", &[("rs3094315", "AG")]).await;
    let body = world.get("/genetic/genotypes?locations=rs3094315%20i3000001").await.json();
    assert_eq!(body["id"].as_str(), Some(id.as_str()), "it keeps its id");
    assert_eq!((&body["genotypes"][0]["call"], &body["genotypes"][1]["call"]), (&json!("AG"), &json!("__")));
}

#[tokio::test]
async fn genotypes_of_others_and_of_the_erased() {
    let world = World::full().await;
    let app = world.app(2).await;
    let other = world.human(app, "other", "other-token").await;
    bring(&world, other.human_id, "242424242424242424242424", &[("rs1", "GG")]).await;
    let call = |body: &serde_json::Value| body["genotypes"][0]["call"].as_str().map(str::to_owned);
    let path = "/genetic/genotypes?locations=rs1";
    assert_eq!(call(&world.get_as(TOKEN, path).await.json()).as_deref(), Some("__"));
    assert_eq!(call(&world.get_as("other-token", path).await.json()).as_deref(), Some("GG"));
    assert!(world.engine.store.erase_human(other.human_id).await.expect("erased"));
    assert_eq!(world.get_as("other-token", path).await.status, 401);
}

#[tokio::test]
async fn places_have_to_be_named() {
    let world = World::full().await;
    for path in ["/genetic/genotypes", "/genetic/genotypes?locations=", "/genetic/genotypes?locations=%20,"] {
        let answer = world.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "missing_parameter"), "{path}");
    }
    for path in ["/genetic", "/genetic/genotypes/x", "/genetic/traits/x"] {
        assert_eq!(world.get(path).await.status, 404, "{path}");
    }
}
