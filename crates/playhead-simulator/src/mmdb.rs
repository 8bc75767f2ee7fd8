//! A writer of small MMDB files, the form in which databases of addresses come.
//!
//! The search tree has a node for each bit of an address, with records of 24 bits; IPv4 lies at
//! `::/96`. What a network holds stands behind the tree, and the metadata at the end.

use std::net::IpAddr;

/// What a record holds.
#[derive(Clone, Debug)]
pub enum Value {
    Text(&'static str),
    Short(u16),
    Number(u32),
    Time(u64),
    Map(Vec<(&'static str, Value)>),
    List(Vec<Value>),
}

/// A text.
pub fn text(text: &'static str) -> Value {
    Value::Text(text)
}

/// Values by name.
pub fn map<const N: usize>(entries: [(&'static str, Value); N]) -> Value {
    Value::Map(entries.into())
}

/// A place in the search tree.
#[derive(Clone, Copy)]
enum Child {
    Nothing,
    Node(usize),
    Data(usize),
}

/// The bytes of a file in which each network, as address and number of bits, has a record. A longer
/// network must not lie in a shorter one.
///
/// # Panics
/// If a network is longer than its address, or all of it is too large for records of 24 bits.
pub fn file(networks: &[((IpAddr, u32), Value)]) -> Vec<u8> {
    let mut nodes = vec![[Child::Nothing; 2]];
    let mut data = Vec::new();
    for ((address, length), value) in networks {
        let (bits, length) = bits(*address, *length);
        let offset = data.len();
        put(&mut data, value);
        let mut node = 0;
        for place in 0..length {
            let side = usize::from(bits >> (127 - place) & 1 == 1);
            if place + 1 == length {
                nodes[node][side] = Child::Data(offset);
            } else if let Child::Node(next) = nodes[node][side] {
                node = next;
            } else {
                nodes.push([Child::Nothing; 2]);
                nodes[node][side] = Child::Node(nodes.len() - 1);
                node = nodes.len() - 1;
            }
        }
    }

    let mut out = Vec::new();
    for child in nodes.iter().flatten() {
        let record = match *child {
            Child::Nothing => nodes.len(),
            Child::Node(number) => number,
            Child::Data(offset) => nodes.len() + 16 + offset,
        };
        assert!(record < 1 << 24, "records have 24 bits");
        out.extend_from_slice(&number(record).to_be_bytes()[1..]);
    }
    out.extend_from_slice(&[0; 16]);
    out.append(&mut data);
    out.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    let metadata = map([
        ("node_count", Value::Number(number(nodes.len()))),
        ("record_size", Value::Short(24)),
        ("ip_version", Value::Short(6)),
        ("database_type", text("Simulated")),
        ("languages", Value::List(vec![text("en")])),
        ("binary_format_major_version", Value::Short(2)),
        ("binary_format_minor_version", Value::Short(0)),
        ("build_epoch", Value::Time(1)),
        ("description", map([("en", text("Simulated"))])),
    ]);
    put(&mut out, &metadata);
    out
}

fn number(size: usize) -> u32 {
    u32::try_from(size).expect("files are small")
}

/// The bits of a network, and how many count.
fn bits(address: IpAddr, length: u32) -> (u128, u32) {
    let (bits, length) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), length + 96),
        IpAddr::V6(address) => (address.to_bits(), length),
    };
    assert!(length <= 128, "a network is no longer than its address");
    (bits, length)
}

fn put(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Text(text) => {
            put_head(out, 2, text.len());
            out.extend_from_slice(text.as_bytes());
        }
        Value::Short(number) => {
            put_head(out, 5, 2);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::Number(number) => {
            put_head(out, 6, 4);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::Time(number) => {
            put_head(out, 9, 8);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::Map(entries) => {
            put_head(out, 7, entries.len());
            for (key, value) in entries {
                put(out, &text(key));
                put(out, value);
            }
        }
        Value::List(values) => {
            put_head(out, 11, values.len());
            values.iter().for_each(|value| put(out, value));
        }
    }
}

/// Types above 7 stand in a byte of their own, sizes above 28 too.
fn put_head(out: &mut Vec<u8>, kind: u8, size: usize) {
    let short = u8::try_from(size.min(29)).unwrap_or(29);
    if kind > 7 {
        out.extend_from_slice(&[short, kind - 7]);
    } else {
        out.push(kind << 5 | short);
    }
    if size >= 29 {
        out.push(u8::try_from(size - 29).expect("texts are short"));
    }
}
