//! Bounds of what a file may ask of us.

/// Bounds of sizes; reading needs less than 64 MiB of memory with the defaults, whatever the size of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Observations in one delivery.
    pub batch: usize,
    /// Bytes that the members of an archive may have together when decompressed.
    pub unpacked: u64,
    /// Bytes that one byte of an archive may become. Repetitive exports reach about 60.
    pub ratio: u64,
    /// Members of an archive.
    pub members: usize,
    /// Bytes of an archive's directory.
    pub directory: u64,
    /// Bytes of one element, line or text.
    pub element: usize,
    /// Elements inside each other.
    pub depth: usize,
    /// Small things of one file that must be held together until its end (rows of sleep, workouts with a track).
    pub held: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch: 4096,
            unpacked: 64 << 30,
            ratio: 400,
            members: 40_000,
            directory: 8 << 20,
            element: 1 << 20,
            depth: 64,
            held: 400_000,
        }
    }
}
