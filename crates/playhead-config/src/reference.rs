//! The reference page of the settings, made from the table of keys.

use std::fmt::Write as _;

use crate::explain::{Explanation, all, takes_effect};

const HEAD: &str = "\
<!-- Made from crates/playhead-config/src/keys.rs by `cargo xtask docs`. Do not edit. -->

# Configuration

Everything works with no settings at all: `playhead serve` listens on loopback addresses and keeps its
data in `./playhead-data`.

Settings come in layers, and the later ones win:

1. the defaults below;
2. a TOML file, named with `--config FILE`;
3. environment variables: `PLAYHEAD_` and the key in upper case, each dot written as two underscores
   (`PLAYHEAD_LOG__MAX_AGE` for `log.max_age`); a list is separated by commas;
4. flags of the command line.

An unknown key is an error in every layer. Variables that Kubernetes makes for a service named
`playhead` (`PLAYHEAD_SERVICE_HOST`, `PLAYHEAD_PORT` and the like) are passed over.

- `playhead config check` reads everything and names all mistakes at once.
- `playhead config print` shows each value in force and where it was typed.
- `playhead config explain KEY` explains one key.

Sizes are written as `4096`, `64 KiB`, `64 MiB`, `1 GiB` (powers of 1024) or `64 kB`, `64 MB`, `1 GB`
(powers of 1000); durations as `500ms`, `5s`, `30m`, `12h`, `30d` or a sum, `1h 30m`. Secrets stand in
files of their own, which settings name; they are never printed.

```toml
listen = \"0.0.0.0:8080\"

[log]
max_age = \"90d\"

[suites.\"my.suite\"]
profile = \"strict\"

[datastreams.\"6f1a2b3c-4d5e-4f60-8a7b-9c0d1e2f3a4b\"]
suite = \"my.suite\"

[metrics.errorRate]
title = \"Errors per hundred plays\"
formula = \"100 * errorCount / isPlayed\"

[segments.livingRoom]
title = \"Living room\"
filters = '''[{\"dimension\": \"device\", \"op\": \"in\", \"value\": [\"tv\", \"console\"]}]'''
```
";

/// Gives the whole text of `docs/reference/configuration.md`.
pub fn reference_markdown() -> String {
    let mut page = String::from(HEAD);
    let mut section = None;
    for explanation in all() {
        let own_section = section_of(&explanation.key).to_owned();
        if section.as_ref() != Some(&own_section) {
            push_heading(&mut page, &own_section);
            section = Some(own_section);
        }
        push_row(&mut page, &explanation);
    }
    page
}

fn section_of(key: &str) -> &str {
    key.rsplit_once('.').map_or("", |(section, _)| section)
}

fn push_heading(page: &mut String, section: &str) {
    let title = if section.is_empty() {
        String::from("Top level")
    } else {
        format!("`[{section}]`")
    };
    page.push_str(&format!("\n## {title}\n"));
}

fn push_row(page: &mut String, explanation: &Explanation) {
    let Explanation {
        key,
        meaning,
        wants,
        default,
        environment,
        flag,
        reloadable,
    } = explanation;
    let default = if *default == "an empty list" {
        String::from(*default)
    } else {
        format!("`{default}`")
    };
    let mut set_by = Vec::new();
    set_by.extend(environment.iter().map(|name| format!("`{name}`")));
    set_by.extend(flag.iter().map(|flag| format!("`{flag}`")));
    let set_by = if set_by.is_empty() {
        String::from("the file only")
    } else {
        set_by.join(", ")
    };
    let effect = takes_effect(*reloadable);
    write!(
        page,
        "\n### `{key}`\n\n{meaning}\n\n- Wants {wants}.\n- Default: {default}. Also set by: {set_by}. \
         Takes effect {effect}.\n"
    )
    .expect("writing into a string does not fail");
}
