//! The browser, or the app or player that speaks in its stead.

use super::marks::{Mark, Marks};

/// Bytes kept of the name of an app.
const NAME_MAX: usize = 64;

/// Names by their mark; the first that fits counts. Nearly every browser claims to be the ones
/// below it.
const RULES: &[(Mark, &str)] = &[
    (Mark::Theo, "THEOplayer"),
    (Mark::Bitmovin, "Bitmovin"),
    (Mark::Castlabs, "castLabs"),
    (Mark::NexPlayer, "NexPlayer"),
    (Mark::Media3, "Media3"),
    (Mark::ExoPlayer, "ExoPlayer"),
    (Mark::CoreMedia, "AppleCoreMedia"),
    (Mark::Vlc, "VLC"),
    (Mark::Kodi, "Kodi"),
    (Mark::Mpv, "mpv"),
    (Mark::GStreamer, "GStreamer"),
    (Mark::Ffmpeg, "FFmpeg"),
    (Mark::Stagefright, "Stagefright"),
    (Mark::Roku, "Roku"),
    (Mark::Facebook, "Facebook"),
    (Mark::Instagram, "Instagram"),
    (Mark::TikTok, "TikTok"),
    (Mark::GoogleApp, "Google app"),
    (Mark::HeadlessChrome, "Headless Chrome"),
    (Mark::Edge, "Edge"),
    (Mark::Opera, "Opera"),
    (Mark::Samsung, "Samsung Internet"),
    (Mark::Silk, "Silk"),
    (Mark::Vivaldi, "Vivaldi"),
    (Mark::Yandex, "Yandex"),
    (Mark::Uc, "UC Browser"),
    (Mark::Huawei, "Huawei Browser"),
    (Mark::Miui, "MIUI Browser"),
    (Mark::Duck, "DuckDuckGo"),
    (Mark::Brave, "Brave"),
    (Mark::Firefox, "Firefox"),
    (Mark::WebView, "WebView"),
    (Mark::CrKey, "Chromecast"),
    (Mark::Tizen, "Tizen browser"),
    (Mark::WebOs, "webOS browser"),
    (Mark::PlayStation, "PlayStation browser"),
    (Mark::Nintendo, "Nintendo browser"),
    (Mark::Chrome, "Chrome"),
    (Mark::Explorer, "Internet Explorer"),
    (Mark::OkHttp, "okhttp"),
    (Mark::Dalvik, "Dalvik"),
    (Mark::Dart, "Dart"),
    (Mark::Unity, "Unity"),
];

pub(super) fn of(marks: Marks, system: &str, text: &[u8]) -> Box<str> {
    if marks.has(Mark::Bot)
        && let Some(name) = bot_name(text)
    {
        return name;
    }
    if let Some((_, name)) = RULES.iter().find(|(mark, _)| marks.has(*mark)) {
        return (*name).into();
    }
    if marks.has(Mark::Mozilla) || marks.has(Mark::WebKit) {
        return webkit(marks, system).into();
    }
    match product(text) {
        Some(name) => name,
        None if marks.has(Mark::CfNetwork) => "CFNetwork".into(),
        None => "".into(),
    }
}

/// Old browsers of Android say `Safari` too, and views inside apps on Apple's systems say nothing.
fn webkit(marks: Marks, system: &str) -> &'static str {
    let is_apple = matches!(system, "iOS" | "macOS" | "visionOS" | "watchOS");
    match system {
        _ if marks.has(Mark::Safari) && is_apple => "Safari",
        "Android" if marks.has(Mark::Version) => "Android Browser",
        _ if marks.has(Mark::WebKit) && is_apple => "WebView",
        _ => "",
    }
}

/// Gives the word that ends as the names of bots do, as in `(compatible; bingbot/2.0; …)`.
fn bot_name(text: &[u8]) -> Option<Box<str>> {
    let words = text.split(|byte| !byte.is_ascii_alphanumeric() && !b"-_".contains(byte));
    let mut named = words.filter(|word| {
        let word = word.to_ascii_lowercase();
        let has = |part: &[u8]| word.windows(part.len()).any(|window| window == part);
        has(b"bot") || has(b"crawler") || has(b"spider") || word == b"facebookexternalhit"
    });
    printable(named.next()?)
}

/// Gives the name of the first product: `MyApp` of `MyApp/1.2 CFNetwork/1404 Darwin/22.3.0`.
fn product(text: &[u8]) -> Option<Box<str>> {
    let end = text
        .iter()
        .position(|byte| b"/(;,".contains(byte))
        .unwrap_or(text.len());
    let name = text[..end].trim_ascii();
    match str::from_utf8(name) {
        Ok(name) if name.contains("%20") => printable(name.replace("%20", " ").as_bytes()),
        _ => printable(name),
    }
}

/// Takes a name that people can read, with a letter or digit in it.
fn printable(name: &[u8]) -> Option<Box<str>> {
    let name = name[..name.len().min(NAME_MAX)].trim_ascii();
    let is_printable = name.iter().all(|byte| matches!(byte, b' '..=b'~'));
    let is_name = is_printable && name.iter().any(u8::is_ascii_alphanumeric);
    str::from_utf8(name).ok().filter(|_| is_name).map(Box::from)
}
