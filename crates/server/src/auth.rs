//! Who calls: access tokens, Basic app keys, app secrets.
