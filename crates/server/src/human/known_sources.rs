//! What is known of a source by its id alone: its name, its kinds of data, and the id that the documents of version 2.2
//! and later call it by.

use hilum_files::Format;

/// A source that this build knows.
pub(super) struct Known {
    /// For people.
    pub(super) name: &'static str,
    /// The contract's words for what it gives.
    pub(super) data_types: &'static [&'static str],
}

/// What is known of a source; `None` for those that come by ingest and for providers of other builds.
pub(super) fn known(id: &str) -> Option<Known> {
    if let Some(provider) = hilum_providers::find(id) {
        return Some(Known { name: provider.name, data_types: provider.data_types });
    }
    if let Some(bridge) = hilum_providers::bridge::bridge(id) {
        return Some(Known { name: bridge.name, data_types: bridge.data_types });
    }
    let format = Format::ALL.into_iter().find(|format| format.source() == id)?;
    Some(match format {
        Format::Genotypes | Format::GenotypesArchive => Known { name: "23andMe", data_types: &["genetics"] },
        Format::Timeline | Format::TimelineArchive => Known { name: "Google timeline", data_types: &["locations"] },
        // What files hold is as different as files are.
        Format::Fit | Format::Gpx | Format::Tcx | Format::Csv | Format::ActivityFiles => {
            Known { name: "Files", data_types: &[] }
        }
        export => Known { name: export.title(), data_types: &[] },
    })
}

/// The source's id in documents of version 2.2 and later: 12 bytes that are the same in every installation.
pub(crate) fn number(id: &str) -> [u8; 12] {
    let mut number = [0; 12];
    number.copy_from_slice(&hilum_store::hash_token(&format!("source {id}"))[..12]);
    number
}

/// Whether a parameter names a source by that id.
pub(super) fn is_number(wanted: &str, id: &str) -> bool {
    wanted.len() == 24 && hex::encode(number(id)) == wanted
}

/// The source of that number, of those that this build knows.
pub(super) fn of_number(wanted: &str) -> Option<&'static str> {
    let providers = hilum_providers::REGISTRY.iter().map(|provider| provider.id);
    let bridges = hilum_providers::bridge::BRIDGES.iter().map(|bridge| bridge.id);
    let files = Format::ALL.into_iter().map(Format::source);
    providers.chain(bridges).chain(files).find(|id| is_number(wanted, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        let name = |id| known(id).map(|known| known.name);
        assert_eq!(
            (name("oura"), name("health_connect"), name("file")),
            (Some("Oura"), Some("Health Connect"), Some("Files"))
        );
        assert_eq!((name("23andme"), name("gadgetbridge")), (Some("23andMe"), None));
        for id in ["oura", "apple_health", "withings_export", "23andme"] {
            assert_eq!(of_number(&hex::encode(number(id))), Some(id));
        }
        assert_eq!(of_number("000000000000000000000000"), None);
        assert!(!is_number("", "oura"));
    }
}
