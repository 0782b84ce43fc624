//! A pickle as JSON, for configurations.

use serde_json::{Map, Number, Value as Json};

use super::{Elements, PickleError, Value};

/// Nesting that a configuration may have.
const DEEPEST: usize = 64;
/// Values that a configuration may have, a value counted at every mention.
const MOST: u64 = 1 << 20;

impl Value<'_> {
    /// The value as JSON: what JSON does not have (tensors, classes, bytes, numbers that are not
    /// finite) is null, tuples and arrays are lists, keys that are numbers are their text and
    /// entries with other keys are left out.
    ///
    /// # Errors
    /// [`PickleError::TooLarge`] beyond 64 levels or 2^20 values: a value that the file mentions
    /// many times is many in JSON, and one that holds itself would be endless.
    pub fn to_json(self) -> Result<Json, PickleError> {
        let mut left = MOST;
        json(self, DEEPEST, &mut left)
    }
}

fn json(value: Value<'_>, depth: usize, left: &mut u64) -> Result<Json, PickleError> {
    let too_deep = PickleError::TooLarge { what: "levels of nesting", most: DEEPEST as u64 };
    let depth = depth.checked_sub(1).ok_or(too_deep)?;
    spend(left, 1)?;
    if let Some(entries) = value.entries() {
        let mut object = Map::new();
        for (key, value) in entries {
            if let Some(key) = key_text(key) {
                spend(left, key.len() as u64 / 64)?;
                object.insert(key, json(value, depth, left)?);
            }
        }
        return Ok(Json::Object(object));
    }
    if let Some(items) = value.items() {
        return items.map(|item| json(item, depth, left)).collect();
    }
    if let Some(objects) = value.array_objects() {
        return objects.map(|object| json(object, depth, left)).collect();
    }
    if let Some(array) = value.as_array() {
        let elements = elements(&array.elements);
        spend(left, elements.len() as u64)?;
        return Ok(Json::Array(elements));
    }
    if let Some(text) = value.as_str() {
        spend(left, text.len() as u64 / 64)?;
        return Ok(text.into());
    }
    if let Some(value) = value.as_bool() {
        return Ok(value.into());
    }
    if let Some(value) = value.as_i64() {
        return Ok(value.into());
    }
    Ok(value.as_f64().map_or(Json::Null, float))
}

fn spend(left: &mut u64, values: u64) -> Result<(), PickleError> {
    let too_many = PickleError::TooLarge { what: "values as JSON", most: MOST };
    *left = left.checked_sub(values).ok_or(too_many)?;
    Ok(())
}

fn key_text(key: Value<'_>) -> Option<String> {
    match (key.as_str(), key.as_i64()) {
        (Some(text), _) => Some(text.to_owned()),
        (None, Some(number)) => Some(number.to_string()),
        (None, None) => None,
    }
}

fn float(value: f64) -> Json {
    Number::from_f64(value).map_or(Json::Null, Json::Number)
}

fn elements(elements: &Elements) -> Vec<Json> {
    match elements {
        Elements::Floats(values) => values.iter().copied().map(float).collect(),
        Elements::Integers(values) => values.iter().copied().map(Json::from).collect(),
        Elements::Texts(values) => values.iter().map(|text| Json::from(text.as_str())).collect(),
        Elements::Objects(_) => Vec::new(),
    }
}
