//! Request bodies: JSON or form, whatever the content type says.
