//! Every provider's sandbox as a real OAuth server with consent pages and failure modes.
