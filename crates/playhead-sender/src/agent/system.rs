//! The operating system, by the first rule that fits.

use super::marks::{Mark, Marks};

/// Systems by their mark. Those that say they are another one, for the sake of old web sites, stand
/// before the one they name.
const RULES: &[(Mark, &str)] = &[
    (Mark::Roku, "Roku OS"),
    (Mark::AppleTv, "tvOS"),
    (Mark::Kepler, "Vega OS"),
    (Mark::Silk, "Fire OS"),
    (Mark::Tizen, "Tizen"),
    (Mark::WebOs, "webOS"),
    (Mark::NetCast, "NetCast"),
    (Mark::Vidaa, "VIDAA"),
    (Mark::TitanOs, "Titan OS"),
    (Mark::SmartCast, "SmartCast"),
    (Mark::Orsay, "Orsay"),
    (Mark::PlayStation, "PlayStation"),
    (Mark::Xbox, "Xbox"),
    (Mark::Nintendo, "Nintendo"),
    (Mark::AppleWatch, "watchOS"),
    (Mark::VisionOs, "visionOS"),
    (Mark::HomePod, "audioOS"),
    (Mark::WindowsPhone, "Windows Phone"),
    (Mark::KaiOs, "KaiOS"),
    (Mark::Harmony, "HarmonyOS"),
    (Mark::IPad, "iOS"),
    (Mark::IPhone, "iOS"),
    (Mark::Ios, "iOS"),
    (Mark::Android, "Android"),
    (Mark::CrKey, "Cast OS"),
    (Mark::Windows, "Windows"),
    (Mark::CrOs, "ChromeOS"),
    (Mark::Mac, "macOS"),
    (Mark::FreeBsd, "BSD"),
    (Mark::Linux, "Linux"),
];

pub(super) fn of(marks: Marks) -> &'static str {
    if marks.has(Mark::Android) && marks.has_any(&[Mark::FireTv, Mark::FireTablet]) {
        return if marks.has(Mark::Kepler) {
            "Vega OS"
        } else {
            "Fire OS"
        };
    }
    if let Some((_, system)) = RULES.iter().find(|(mark, _)| marks.has(*mark)) {
        return system;
    }
    // Apps on Apple's systems name the kernel only; on Macs with Intel's processors that too.
    match marks.has(Mark::Darwin) {
        true if marks.has(Mark::Intel) => "macOS",
        true => "iOS",
        false => "",
    }
}
