//! What the address of a request says besides its path.

/// The parameters that count.
#[derive(Clone, Debug)]
pub(super) struct Query {
    /// `configId`, or `datastreamId`.
    pub(super) datastream: Option<String>,
    /// As the client gave it, or made here.
    pub(super) request_id: String,
}

impl Query {
    pub(super) fn read(query: &str) -> Self {
        let find = |name: &str| {
            let mut pairs = query
                .split('&')
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
            let (_, value) = pairs.find(|(found, _)| *found == name)?;
            Some(decoded(value)).filter(|value| !value.is_empty())
        };
        Self {
            datastream: find("configId").or_else(|| find("datastreamId")),
            request_id: find("requestId").unwrap_or_else(made_up),
        }
    }
}

/// A random id in the form of a UUID, version 4.
fn made_up() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system has random bits");
    let mut number = u128::from_be_bytes(bytes);
    number = number & !(0xf << 76) | 4 << 76;
    number = number & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{number:032x}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

/// Takes `%` and two digits for the byte they name. What is then no text is made one.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, behind @ ..] = rest {
        let escaped = match behind {
            [high, low, ..] if *first == b'%' => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = &behind[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_and_decoded() {
        let query =
            Query::read("a=1&datastreamId=other&configId=my%2Esuite%20%C3%A9+x&requestId=r%");
        assert_eq!(query.datastream.as_deref(), Some("my.suite é x"));
        assert_eq!(query.request_id, "r%");
        let query = Query::read("datastreamId=other&configId=");
        assert_eq!(query.datastream.as_deref(), Some("other"));
        assert_eq!(Query::read("configId&x").datastream, None);
    }

    #[test]
    fn a_made_up_id_is_a_uuid() {
        let id = Query::read("").request_id;
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(&id[14..15], "4");
        assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"), "{id}");
        assert_ne!(id, Query::read("").request_id);
    }
}
