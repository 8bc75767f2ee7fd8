//! A writer of small MMDB files.

/// What a record holds.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(&'static str),
    Short(u16),
    Number(u32),
    Time(u64),
    Map(Vec<(&'static str, Value)>),
    List(Vec<Value>),
}

pub(crate) fn text(text: &'static str) -> Value {
    Value::Text(text)
}

pub(crate) fn map<const N: usize>(entries: [(&'static str, Value); N]) -> Value {
    Value::Map(entries.into())
}

/// A place in the search tree.
#[derive(Clone, Copy)]
enum Child {
    Nothing,
    Node(usize),
    Data(usize),
}

/// Builds the bytes of an IPv6 file out of networks and their records.
pub(crate) fn file(networks: &[(&str, Value)]) -> Vec<u8> {
    let mut nodes = vec![[Child::Nothing; 2]];
    let mut data = Vec::new();
    for (network, value) in networks {
        let (bits, length) = bits(network);
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
        out.extend_from_slice(&u32::try_from(record).unwrap().to_be_bytes()[1..]);
    }
    out.extend_from_slice(&[0; 16]);
    out.append(&mut data);
    out.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    let metadata = map([
        (
            "node_count",
            Value::Number(u32::try_from(nodes.len()).unwrap()),
        ),
        ("record_size", Value::Short(24)),
        ("ip_version", Value::Short(6)),
        ("database_type", text("Test")),
        ("languages", Value::List(vec![text("en")])),
        ("binary_format_major_version", Value::Short(2)),
        ("binary_format_minor_version", Value::Short(0)),
        ("build_epoch", Value::Time(1)),
        ("description", map([("en", text("Test"))])),
    ]);
    put(&mut out, &metadata);
    out
}

/// Gives the bits of a network and how many count; IPv4 lies at `::/96`.
fn bits(network: &str) -> (u128, u32) {
    let (address, length) = network.split_once('/').unwrap();
    let length: u32 = length.parse().unwrap();
    match address.parse().unwrap() {
        std::net::IpAddr::V4(address) => (u128::from(address.to_bits()), length + 96),
        std::net::IpAddr::V6(address) => (address.to_bits(), length),
    }
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
    let short = u8::try_from(size.min(29)).unwrap();
    if kind > 7 {
        out.extend_from_slice(&[short, kind - 7]);
    } else {
        out.push(kind << 5 | short);
    }
    if size >= 29 {
        out.push(u8::try_from(size - 29).expect("tests have short texts"));
    }
}
