//! The usual body, read in one go: each item becomes an observation as soon as it is read, and nothing is kept of it.
//! Whatever is unusual makes this fail, and is left to the reading that looks at items one by one.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Gather, Item, MOST_ITEMS};

/// A body with what was gathered from its items.
pub(super) struct Straight {
    pub(super) source: String,
    pub(super) gather: Gather,
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Member {
    Source,
    Device,
    Observations,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for Straight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Top)
    }
}

struct Top;

impl<'de> Visitor<'de> for Top {
    type Value = Straight;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with source and observations")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Straight, A::Error> {
        let mut source: Option<String> = None;
        let mut device: Option<Option<String>> = None;
        let mut gather: Option<Gather> = None;
        while let Some(member) = map.next_key()? {
            match member {
                Member::Source if source.is_none() => source = Some(map.next_value()?),
                // Items that are read already lack it.
                Member::Device if device.is_none() && gather.is_none() => device = Some(map.next_value()?),
                Member::Observations if gather.is_none() => {
                    let device = device.as_ref().and_then(Option::as_deref);
                    gather = Some(map.next_value_seed(Items { device })?);
                }
                Member::Other => _ = map.next_value::<IgnoredAny>()?,
                Member::Source | Member::Device | Member::Observations => {
                    return Err(de::Error::custom("a member out of its place"));
                }
            }
        }
        let source = source.ok_or_else(|| de::Error::missing_field("source"))?;
        let gather = gather.ok_or_else(|| de::Error::missing_field("observations"))?;
        Ok(Straight { source, gather })
    }
}

/// The list, with the device of those that name none.
struct Items<'a> {
    device: Option<&'a str>,
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = Gather;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Gather, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = Gather;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Gather, A::Error> {
        let mut gather = Gather::default();
        while let Some(item) = list.next_element::<Item<'de>>()? {
            if gather.items == MOST_ITEMS {
                return Err(de::Error::custom("too many items"));
            }
            gather.take(Some(&item), self.device);
        }
        Ok(gather)
    }
}
