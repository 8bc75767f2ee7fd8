//! Puts the dashboard into the program, as far as it has been built.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest_dir = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out_dir = env::var("OUT_DIR").map_err(io::Error::other)?;
    // The folder is always there, what is built into it is not.
    let folder = Path::new(&manifest_dir).join("../../dashboard/dist");
    println!("cargo:rerun-if-changed={}", folder.display());
    let app = folder.join("app");
    let mut names = Vec::new();
    if app.is_dir() {
        walk(&app, "", &mut names)?;
    }
    names.sort();
    let mut table = String::from("&[\n");
    for name in names.iter().filter(|name| !name.ends_with(".gz")) {
        let path = app.join(name);
        let zipped = match names.contains(&format!("{name}.gz")) {
            true => format!("Some(include_bytes!(\"{}.gz\"))", path.display()),
            false => "None".to_owned(),
        };
        writeln!(
            table,
            "    playhead_server::console::PageFile {{ name: \"{name}\", bytes: include_bytes!(\"{}\"), zipped: {zipped} }},",
            path.display()
        )
        .map_err(io::Error::other)?;
    }
    table.push(']');
    fs::write(Path::new(&out_dir).join("dashboard.rs"), table)
}

fn walk(folder: &Path, prefix: &str, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{name}/"), names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}
