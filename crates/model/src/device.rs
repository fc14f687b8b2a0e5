//! Kinds of devices, as far as they can be told from a name: what decides which of two sources knows better.

/// What measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeviceKind {
    /// Worn around the chest or the upper arm, for the heart alone.
    ChestStrap,
    /// Worn at the wrist, with a display and mostly a receiver for positions.
    Watch,
    /// Worn at the wrist or arm.
    Band,
    /// Worn at a finger.
    Ring,
    /// A cycling computer, an ergometer.
    Machine,
    /// Measures glucose by itself, all the time.
    GlucoseMonitor,
    /// A body scale.
    Scale,
    /// A blood-pressure cuff.
    Cuff,
    /// Not known: a service that gathers from several, or an unfamiliar name.
    Unknown,
    /// A telephone, carried or not.
    Phone,
    /// Typed in by hand.
    Hand,
}

/// Words of names by kind; the first kind that has one of a name's words counts, so that a "Pixel Watch" is a watch. A
/// word that ends in `*` stands for all that contain it.
const WORDS: &[(DeviceKind, &[&str])] = &[
    (DeviceKind::Hand, &["manual", "manually"]),
    (DeviceKind::Band, &["whoop", "band", "vivosmart", "inspire", "charge", "luxe"]),
    (DeviceKind::ChestStrap, &["chest", "strap", "tickr", "hrm*", "h10", "h9", "h7", "oh1", "verity"]),
    (
        DeviceKind::Watch,
        &[
            "*watch*",
            "forerunner",
            "fenix",
            "fēnix",
            "venu",
            "vivoactive",
            "vívoactive",
            "epix",
            "instinct",
            "enduro",
            "vantage",
            "pacer",
            "ignite",
            "versa",
            "ionic",
            "suunto",
            "steel",
            "pulse",
        ],
    ),
    (DeviceKind::Ring, &["ring", "oura", "ringconn"]),
    (DeviceKind::Machine, &["elemnt", "edge", "kickr", "pm3", "pm4", "pm5", "ergometer", "treadmill"]),
    (DeviceKind::GlucoseMonitor, &["cgm", "dexcom", "g5", "g6", "g7", "libre*", "freestyle", "guardian"]),
    (DeviceKind::Scale, &["*scale*", "aria", "body", "index"]),
    (DeviceKind::Cuff, &["bpm", "cuff", "omron", "evolv"]),
    (DeviceKind::Phone, &["*phone*", "ipad", "ipod", "pixel", "android"]),
];

impl DeviceKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::ChestStrap,
        Self::Watch,
        Self::Band,
        Self::Ring,
        Self::Machine,
        Self::GlucoseMonitor,
        Self::Scale,
        Self::Cuff,
        Self::Unknown,
        Self::Phone,
        Self::Hand,
    ];

    /// What programs call it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ChestStrap => "chest_strap",
            Self::Watch => "watch",
            Self::Band => "band",
            Self::Ring => "ring",
            Self::Machine => "machine",
            Self::GlucoseMonitor => "glucose_monitor",
            Self::Scale => "scale",
            Self::Cuff => "cuff",
            Self::Unknown => "unknown",
            Self::Phone => "phone",
            Self::Hand => "hand",
        }
    }

    /// The kind that programs call so.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The kind of a device of that name, as a source writes it ("Apple Watch Series 9"); [`Self::Unknown`] where the
    /// name says nothing.
    pub fn of_name(name: &str) -> Self {
        let name = name.to_lowercase();
        let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let named = |(_, patterns): &&(Self, &[&str])| {
            patterns.iter().any(|pattern| words.iter().any(|word| fits(word, pattern)))
        };
        WORDS.iter().find(named).map_or(Self::Unknown, |(kind, _)| *kind)
    }
}

fn fits(word: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => word.contains(end.trim_end_matches('*')),
        (None, Some(begin)) => word.starts_with(begin),
        (None, None) => word == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_sources_write_them() {
        for (name, kind) in [
            ("Apple Watch Series 9", DeviceKind::Watch),
            ("Anna's Apple\u{a0}Watch", DeviceKind::Watch),
            ("ScanWatch", DeviceKind::Watch),
            ("Pixel Watch 2", DeviceKind::Watch),
            ("Forerunner 265", DeviceKind::Watch),
            ("iPhone 15 Pro", DeviceKind::Phone),
            ("Anna's iPhone", DeviceKind::Phone),
            ("Pixel 8", DeviceKind::Phone),
            ("Oura Ring 4", DeviceKind::Ring),
            ("Charge 6", DeviceKind::Band),
            ("WHOOP strap 4.0", DeviceKind::Band),
            ("Polar H10", DeviceKind::ChestStrap),
            ("HRM-Pro", DeviceKind::ChestStrap),
            ("Body Cardio", DeviceKind::Scale),
            ("Smart Scale", DeviceKind::Scale),
            ("BPM Core", DeviceKind::Cuff),
            ("Dexcom G7", DeviceKind::GlucoseMonitor),
            ("ELEMNT BOLT", DeviceKind::Machine),
            ("Monitoring", DeviceKind::Unknown),
            ("", DeviceKind::Unknown),
        ] {
            assert_eq!(DeviceKind::of_name(name), kind, "{name}");
        }
    }

    #[test]
    fn words_read_back() {
        for kind in DeviceKind::ALL {
            assert_eq!(DeviceKind::from_word(kind.word()), Some(kind));
        }
        assert_eq!(DeviceKind::from_word("Watch"), None);
    }
}
