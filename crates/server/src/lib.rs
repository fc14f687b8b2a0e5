//! The HTTP surface: Connect, token endpoints, data API, application API.
