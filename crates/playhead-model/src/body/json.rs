//! Between the compact form and `serde_json` values.

use std::borrow::Cow;

use super::{
    BodyError, DEPTH_MAX,
    encode::encode,
    node::{Node, NodeKey},
    read::{Value, read},
};

/// Gives back the JSON value of a body. Numbers without a fraction come back as integers.
///
/// # Errors
/// If the bytes are not a body.
pub fn to_json(body: &[u8]) -> Result<serde_json::Value, BodyError> {
    json_of(read(body)?, 0)
}

fn json_of(value: Value<'_>, depth: usize) -> Result<serde_json::Value, BodyError> {
    if depth > DEPTH_MAX {
        return Err(BodyError::Depth);
    }
    Ok(match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => value.into(),
        Value::Int(value) => value.into(),
        Value::Uint(value) => value.into(),
        Value::Float(value) => value.into(),
        Value::Str(value) => value.into(),
        Value::EventType(event) => event.name().into(),
        Value::Array(items) => items
            .map(|item| json_of(item?, depth + 1))
            .collect::<Result<Vec<_>, _>>()?
            .into(),
        Value::Object(members) => members
            .map(|member| {
                let (key, value) = member?;
                Ok((key.name().to_owned(), json_of(value, depth + 1)?))
            })
            .collect::<Result<serde_json::Map<_, _>, _>>()?
            .into(),
    })
}

/// Appends a `serde_json` value in canonical form.
pub fn encode_json(value: &serde_json::Value, out: &mut Vec<u8>) {
    encode(&Node::from(value), out);
}

impl<'a> From<&'a serde_json::Value> for Node<'a> {
    fn from(value: &'a serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Node::Null,
            serde_json::Value::Bool(value) => Node::Bool(*value),
            serde_json::Value::Number(value) => match (value.as_i64(), value.as_u64()) {
                (Some(value), _) => Node::Int(value),
                (None, Some(value)) => Node::Uint(value),
                (None, None) => value.as_f64().map_or(Node::Null, Node::number),
            },
            serde_json::Value::String(value) => Node::Str(Cow::Borrowed(value)),
            serde_json::Value::Array(items) => Node::Array(items.iter().map(Node::from).collect()),
            serde_json::Value::Object(members) => Node::Object(
                members
                    .iter()
                    .map(|(name, value)| (NodeKey::new(name.as_str()), Node::from(value)))
                    .collect(),
            ),
        }
    }
}
