//! A few words for JSON schemas. What is written with them is the whole truth: an object has the members that are named and
//! no others, unless it is said to be open.

use serde_json::Value;
use utoipa::openapi::schema::{
    AdditionalProperties, AllOfBuilder, AnyOfBuilder, ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat,
    SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};

/// A schema, or the name of one.
pub(crate) type Schema = RefOr<utoipa::openapi::Schema>;

fn of(kind: Type, said: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind).description((!said.is_empty()).then_some(said))
}

fn formatted(format: KnownFormat, said: &str) -> ObjectBuilder {
    of(Type::String, said).format(Some(SchemaFormat::KnownFormat(format)))
}

/// Any text.
pub(crate) fn text(said: &str) -> Schema {
    of(Type::String, said).into()
}

/// A text of a form (ECMA-262).
pub(crate) fn pattern(form: &str, said: &str) -> Schema {
    of(Type::String, said).pattern(Some(form)).into()
}

/// Lowercase hex digits.
pub(crate) fn hex(digits: usize, said: &str) -> Schema {
    pattern(&format!("^[0-9a-f]{{{digits}}}$"), said)
}

/// One of some words.
pub(crate) fn word<'a>(words: impl IntoIterator<Item = &'a str>, said: &str) -> Schema {
    of(Type::String, said).enum_values(Some(words)).into()
}

/// An instant, ISO 8601 in UTC with three decimals.
pub(crate) fn time(said: &str) -> Schema {
    formatted(KnownFormat::DateTime, said).into()
}

/// A civil day.
pub(crate) fn day(said: &str) -> Schema {
    formatted(KnownFormat::Date, said).into()
}

/// An address.
pub(crate) fn address(said: &str) -> Schema {
    of(Type::String, said).format(Some(SchemaFormat::Custom("uri".to_owned()))).into()
}

/// Bytes.
pub(crate) fn bytes(said: &str) -> Schema {
    formatted(KnownFormat::Binary, said).into()
}

/// A number.
pub(crate) fn number(said: &str) -> Schema {
    of(Type::Number, said).into()
}

/// A whole number from a least one on.
pub(crate) fn whole(least: i64, said: &str) -> Schema {
    of(Type::Integer, said).minimum(Some(least as f64)).into()
}

/// A whole number between two, both included.
pub(crate) fn between(least: i64, most: i64, said: &str) -> Schema {
    of(Type::Integer, said).minimum(Some(least as f64)).maximum(Some(most as f64)).into()
}

/// True or false.
pub(crate) fn boolean(said: &str) -> Schema {
    of(Type::Boolean, said).into()
}

/// Always `null`.
pub(crate) fn null(said: &str) -> Schema {
    of(Type::Null, said).into()
}

/// A list.
pub(crate) fn list(of: Schema, said: &str) -> Schema {
    ArrayBuilder::new().items(of).description((!said.is_empty()).then_some(said)).into()
}

/// One of `components/schemas`.
pub(crate) fn named(name: &str) -> Schema {
    Ref::from_schema_name(name).into()
}

/// An object from names that are not fixed to values of one kind.
pub(crate) fn map(of_values: Schema, said: &str) -> Schema {
    of(Type::Object, said).additional_properties(Some(AdditionalProperties::RefOr(of_values))).into()
}

/// Any JSON object.
pub(crate) fn open(said: &str) -> Schema {
    of(Type::Object, said).additional_properties(Some(AdditionalProperties::FreeForm(true))).into()
}

/// `{}`.
pub(crate) fn empty(said: &str) -> Schema {
    of(Type::Object, said)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .max_properties(Some(0))
        .into()
}

/// One of several forms, or several at once.
pub(crate) fn any_of(forms: impl IntoIterator<Item = Schema>) -> Schema {
    forms.into_iter().fold(AnyOfBuilder::new(), AnyOfBuilder::item).into()
}

/// All of several forms at once.
pub(crate) fn all_of(forms: impl IntoIterator<Item = Schema>) -> Schema {
    forms.into_iter().fold(AllOfBuilder::new(), AllOfBuilder::item).into()
}

/// Anything.
pub(crate) fn anything(said: &str) -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some(said)).into()
}

/// An object in the making.
pub(crate) struct Members {
    object: ObjectBuilder,
    closed: bool,
}

/// An object with members.
pub(crate) fn object(said: &str) -> Members {
    Members { object: of(Type::Object, said), closed: true }
}

impl Members {
    /// A member that is always there.
    pub(crate) fn must(self, name: &str, schema: Schema) -> Self {
        Self { object: self.object.property(name, schema).required(name), ..self }
    }

    /// A member that is left out where there is nothing to say.
    pub(crate) fn may(self, name: &str, schema: Schema) -> Self {
        Self { object: self.object.property(name, schema), ..self }
    }

    /// Whether it is there or not hangs on a condition.
    pub(crate) fn member(self, name: &str, schema: Schema, always: bool) -> Self {
        if always { self.must(name, schema) } else { self.may(name, schema) }
    }

    /// Other members may be there, and mean nothing.
    pub(crate) fn others(self) -> Self {
        Self { closed: false, ..self }
    }

    /// How it looks.
    pub(crate) fn example(self, example: Value) -> Self {
        Self { object: self.object.examples([example]), ..self }
    }

    /// Done.
    pub(crate) fn done(self) -> Schema {
        if self.closed {
            self.object.additional_properties(Some(AdditionalProperties::FreeForm(false))).into()
        } else {
            self.object.into()
        }
    }
}
