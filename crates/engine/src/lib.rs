//! What happens: enrolment, grants, sync, egress. Knows no HTTP server type.
