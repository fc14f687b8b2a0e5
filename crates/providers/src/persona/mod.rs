//! Made-up people, seeded, whose days every sandbox tells in its own dialect.
