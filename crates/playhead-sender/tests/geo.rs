//! Country, region and network come from MMDB files, whoever made them.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::IpAddr;
use std::path::PathBuf;

use playhead_model::record::Sender;
use playhead_sender::{Error, Headers, Lookup, Options};
use playhead_simulator::mmdb::{self, Value, map, text};
use tempfile::TempDir;

const LONG: &str = "An organisation whose name is very long indeed, longer than anyone would want to \
                    read it in a table of a report, and still goes on — ü — until somebody cuts it";

/// A file of networks such as `203.0.113.0/24`.
fn file(networks: &[(&str, Value)]) -> Vec<u8> {
    let read = |(network, value): &(&str, Value)| {
        let (address, length) = network.split_once('/').unwrap();
        let network = (address.parse().unwrap(), length.parse().unwrap());
        (network, value.clone())
    };
    let networks: Vec<_> = networks.iter().map(read).collect();
    mmdb::file(&networks)
}

/// As GeoLite2 City has it.
fn city() -> Vec<u8> {
    let bavaria = map([
        ("iso_code", text("BY")),
        (
            "names",
            map([("de", text("Bayern")), ("en", text("Bavaria"))]),
        ),
    ]);
    let munich = map([
        ("city", map([("names", map([("en", text("Munich"))]))])),
        (
            "country",
            map([
                ("geoname_id", Value::Number(2921044)),
                ("iso_code", text("DE")),
            ]),
        ),
        ("registered_country", map([("iso_code", text("AT"))])),
        ("subdivisions", Value::List(vec![bavaria])),
    ]);
    let codes_only = map([
        ("country", map([("iso_code", text("US"))])),
        (
            "subdivisions",
            Value::List(vec![map([("iso_code", text("CA"))])]),
        ),
    ]);
    let country_only = map([("country", map([("iso_code", text("FR"))]))]);
    let nowhere = map([
        ("registered_country", map([("iso_code", text("AT"))])),
        ("subdivisions", Value::List(vec![])),
    ]);
    file(&[
        ("203.0.113.0/24", munich),
        ("198.51.100.0/25", codes_only),
        ("2001:db8::/32", country_only),
        ("192.0.2.0/24", nowhere),
    ])
}

/// As GeoLite2 ASN and DB-IP ASN have it.
fn asn() -> Vec<u8> {
    let network = |name| {
        map([
            ("autonomous_system_number", Value::Number(64_500)),
            ("autonomous_system_organization", text(name)),
        ])
    };
    file(&[
        ("203.0.113.0/25", network("Example Telecom")),
        ("198.51.100.0/24", network(LONG)),
    ])
}

/// Facts side by side, as others write them.
fn flat() -> Vec<u8> {
    let record = map([
        ("country", text("Germany")),
        ("country_code", text("de")),
        ("state1", text("Hesse")),
        ("as_name", text("Example Hosting")),
    ]);
    let short = map([("country", text("NL")), ("region", text("Utrecht"))]);
    file(&[("203.0.113.0/24", record), ("198.51.100.0/24", short)])
}

struct Files {
    folder: TempDir,
    paths: Vec<PathBuf>,
}

fn files(contents: &[Vec<u8>]) -> Files {
    let folder = TempDir::new().unwrap();
    let write = |(number, bytes): (usize, &Vec<u8>)| {
        let path = folder.path().join(format!("{number}.mmdb"));
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let paths = contents.iter().enumerate().map(write).collect();
    Files { folder, paths }
}

fn lookup(contents: &[Vec<u8>]) -> Lookup {
    let files = files(contents);
    Lookup::new(&Options {
        geo_files: files.paths,
        ..Options::default()
    })
    .unwrap()
}

fn place(lookup: &mut Lookup, address: &str) -> [String; 3] {
    let address: IpAddr = address.parse().unwrap();
    let Sender {
        country,
        region,
        network,
        ..
    } = lookup.sender("collection", address, Headers::default());
    [country.into(), region.into(), network.into()]
}

#[test]
fn a_city_file_tells_country_and_region() {
    let mut lookup = lookup(&[city()]);
    for _ in 0..2 {
        assert_eq!(place(&mut lookup, "203.0.113.77"), ["DE", "Bavaria", ""]);
        assert_eq!(
            place(&mut lookup, "::ffff:203.0.113.77"),
            ["DE", "Bavaria", ""]
        );
        assert_eq!(place(&mut lookup, "198.51.100.7"), ["US", "CA", ""]);
        assert_eq!(place(&mut lookup, "198.51.100.200"), ["", "", ""]);
        assert_eq!(place(&mut lookup, "2001:db8::7"), ["FR", "", ""]);
        // Where a block is registered is not where its user is.
        assert_eq!(place(&mut lookup, "192.0.2.7"), ["", "", ""]);
    }
}

#[test]
fn several_files_complete_each_other() {
    let mut lookup = lookup(&[asn(), city()]);
    assert_eq!(
        place(&mut lookup, "203.0.113.77"),
        ["DE", "Bavaria", "Example Telecom"]
    );
    assert_eq!(place(&mut lookup, "203.0.113.200"), ["DE", "Bavaria", ""]);
    let [country, _, network] = place(&mut lookup, "198.51.100.7");
    assert_eq!(country, "US");
    assert!(
        LONG.starts_with(&network) && (100..=128).contains(&network.len()),
        "{network}"
    );
}

#[test]
fn a_region_is_never_of_another_country() {
    let mut lookup = lookup(&[flat(), city()]);
    assert_eq!(
        place(&mut lookup, "203.0.113.77"),
        ["DE", "Hesse", "Example Hosting"]
    );
    assert_eq!(place(&mut lookup, "198.51.100.7"), ["NL", "Utrecht", ""]);
    let other = file(&[("198.51.100.0/24", map([("country_code", text("NL"))]))]);
    let mut lookup = self::lookup(&[other, city()]);
    assert_eq!(place(&mut lookup, "198.51.100.7"), ["NL", "", ""]);
}

#[test]
fn the_whole_address_is_looked_up_and_the_cut_one_stored() {
    let files = files(&[file(&[(
        "203.0.113.128/25",
        map([("country_code", text("SE"))]),
    )])]);
    let options = Options {
        geo_files: files.paths.clone(),
        address_bits_v4: 16,
        ..Options::default()
    };
    let mut lookup = Lookup::new(&options).unwrap();
    // The file is read once; what becomes of it later does not matter.
    drop(files);
    let sender = lookup.sender("edge", "203.0.113.200".parse().unwrap(), Headers::default());
    assert_eq!((&*sender.address, &*sender.country), ("203.0.0.0", "SE"));
    assert_eq!(&*sender.api, "edge");
}

#[test]
fn a_file_that_is_none_stops_the_start() {
    let files = files(&[b"not an MMDB file".to_vec()]);
    let error = Lookup::new(&Options {
        geo_files: files.paths.clone(),
        ..Options::default()
    });
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Format { .. }));
    assert!(error.to_string().starts_with("door.geo_file: "), "{error}");

    let missing = files.folder.path().join("missing.mmdb");
    let error = Lookup::new(&Options {
        geo_files: vec![missing],
        ..Options::default()
    })
    .unwrap_err();
    assert!(matches!(error, Error::Read { .. }));
    assert!(
        error.to_string().contains("door.geo_file") && error.to_string().contains("missing.mmdb")
    );
}

#[test]
fn a_damaged_file_gives_no_answer_and_no_panic() {
    let whole = city();
    let marker = b"\xab\xcd\xefMaxMind.com";
    let data_end = whole
        .windows(marker.len())
        .position(|part| part == marker)
        .unwrap();
    let files = files(std::slice::from_ref(&whole));
    let options = Options {
        geo_files: files.paths.clone(),
        ..Options::default()
    };
    for at in (0..data_end).step_by(5) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xff;
        std::fs::write(&files.paths[0], damaged).unwrap();
        if let Ok(mut lookup) = Lookup::new(&options) {
            place(&mut lookup, "203.0.113.77");
            place(&mut lookup, "2001:db8::7");
        }
    }
}
