//! The class of device: desktop, mobile, tablet, tv (with sticks and boxes), console, watch,
//! headset, speaker or car.

use super::marks::{Mark, Marks};

pub(super) fn of(marks: Marks, system: &str) -> &'static str {
    match system {
        "Roku OS" | "tvOS" | "Vega OS" | "webOS" | "NetCast" | "VIDAA" | "Titan OS"
        | "SmartCast" | "Orsay" | "Cast OS" => "tv",
        "PlayStation" | "Xbox" | "Nintendo" => "console",
        "watchOS" => "watch",
        "visionOS" => "headset",
        "audioOS" => "speaker",
        "Fire OS" if marks.has(Mark::FireTv) => "tv",
        "Fire OS" => "tablet",
        _ if marks.has(Mark::Tv) || marks.has(Mark::CrKey) => "tv",
        _ if marks.has(Mark::Quest) => "headset",
        _ if marks.has(Mark::Car) => "car",
        "iOS" => apple(marks),
        "Android" | "HarmonyOS" => android(marks),
        "Tizen" | "Windows Phone" | "KaiOS" => "mobile",
        "Windows" | "ChromeOS" | "macOS" | "BSD" => "desktop",
        "Linux" if marks.has(Mark::Mozilla) => "desktop",
        _ => "",
    }
}

fn apple(marks: Marks) -> &'static str {
    if marks.has(Mark::IPad) {
        "tablet"
    } else if marks.has(Mark::IPhone) {
        "mobile"
    } else {
        ""
    }
}

/// Browsers say `Mobile` on telephones and leave it out on tablets. Apps that name the build speak of
/// a telephone unless there is a hint; those that name Android alone may run on anything.
fn android(marks: Marks) -> &'static str {
    if marks.has(Mark::Tablet) {
        "tablet"
    } else if marks.has(Mark::Mobile) {
        "mobile"
    } else if marks.has(Mark::Mozilla) {
        "tablet"
    } else if marks.has(Mark::Build) || marks.has(Mark::Dalvik) {
        "mobile"
    } else {
        ""
    }
}
