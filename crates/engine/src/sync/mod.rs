//! Sync: plan windows, fetch pages, apply batches.
