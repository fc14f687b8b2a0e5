//! What can be wrong with a file. Texts are for people and never hold values of the file.

use std::io;

/// Why a file could not be read, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Nothing that Hilum knows.
    #[error("the file is of no kind that can be imported")]
    Unrecognised,
    /// It begins as its kind does, then breaks the rules of that kind.
    #[error("the file is damaged: {what} at byte {at}")]
    Malformed {
        /// What is wrong, without values.
        what: &'static str,
        /// Where, in bytes of the (decompressed) content.
        at: u64,
    },
    /// It ends too early: the download or the copy was cut off.
    #[error("the file is cut off at byte {at}; what came before is imported")]
    Truncated {
        /// Where, in bytes of the (decompressed) content.
        at: u64,
    },
    /// It names an entity that XML itself does not define; such are never expanded.
    #[error("the file uses an XML entity of its own at byte {at}, which is refused")]
    Entity {
        /// Where, in bytes of the (decompressed) content.
        at: u64,
    },
    /// One element, line or text is longer than any honest one.
    #[error("the file has a {what} of more than {limit} bytes")]
    TooLong {
        /// What is too long.
        what: &'static str,
        /// The bound, bytes.
        limit: u64,
    },
    /// More of something than any honest file has.
    #[error("the file has more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The bound.
        limit: u64,
    },
    /// Decompressed it would be larger than allowed.
    #[error("the archive unpacks to more than the {limit} bytes allowed")]
    TooLarge {
        /// The bound, bytes.
        limit: u64,
    },
    /// It unpacks to absurdly more than it holds, as only an attack does.
    #[error("the archive is a decompression bomb")]
    Bomb,
    /// A member is encrypted.
    #[error("the archive is protected by a password; export it without one")]
    Encrypted,
    /// A member is compressed in a way that is not supported.
    #[error("the archive is compressed in a way that is not supported; zip with \"deflate\" is")]
    Compression,
    /// The position to start from is of another file.
    #[error("this is not the file that the import began with")]
    OtherFile,
    /// The caller wants no more.
    #[error("stopped")]
    Stopped,
    /// The input could not be read.
    #[error("the file could not be read")]
    Io(#[source] io::Error),
}

impl FileError {
    /// A word for programs and translations.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unrecognised => "file_unrecognised",
            Self::Malformed { .. } => "file_malformed",
            Self::Truncated { .. } => "file_truncated",
            Self::Entity { .. } => "file_entity",
            Self::TooLong { .. } => "file_too_long",
            Self::TooMany { .. } => "file_too_many",
            Self::TooLarge { .. } => "file_too_large",
            Self::Bomb => "file_bomb",
            Self::Encrypted => "file_encrypted",
            Self::Compression => "file_compression",
            Self::OtherFile => "file_other",
            Self::Stopped => "file_stopped",
            Self::Io(_) => "file_io",
        }
    }

    /// From an error of reading at byte `at`: one of ours that travelled inside, an early end, or a fault of the input.
    pub(crate) fn from_io(error: io::Error, at: u64) -> Self {
        match error.downcast::<Self>() {
            Ok(ours) => ours,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Self::Truncated { at },
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Self::Malformed { what: "bad compression", at },
            Err(error) => Self::Io(error),
        }
    }
}

impl From<FileError> for io::Error {
    fn from(error: FileError) -> Self {
        Self::other(error)
    }
}
