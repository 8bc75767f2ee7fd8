//! The marks: texts that say something when a word begins with them.

/// Declares the marks, each with the texts that stand for it, in lower case.
macro_rules! marks {
    ($($mark:ident: $($text:literal)+,)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Mark { $($mark,)+ }

        const TEXTS: &[(&str, Mark)] = &[$($(($text, Mark::$mark),)+)+];
        const COUNT: usize = [$(Mark::$mark,)+].len();
    };
}

marks! {
    // Form of the text, hardware hints
    Mozilla: "mozilla/", Mobile: "mobile", Tablet: "tablet" "sm-t" "sm-x" "lenovo tb",
    Build: "build/", Intel: "x86_64", WebView: "wv)", WebKit: "applewebkit/", Version: "version/",
    Tv: "smart-tv" "smarttv" "smart tv" "hbbtv" "googletv" "google tv" "android tv" "androidtv"
        "atv" "bravia" "aquos" "viera" "dtv" "mibox" "mitv" "chromecast" "netrange" "stb"
        "tv safari" "ce-html" "tpvision" "opera tv",
    // Systems and the devices that are systems
    Roku: "roku", AppleTv: "apple tv" "appletv" "tvos", Kepler: "kepler" "vega os",
    FireTv: "aft" "fire tv" "firetv" "amazonwebappplatform", FireTablet: "kf", Tizen: "tizen",
    WebOs: "web0s" "webos", NetCast: "netcast", Vidaa: "vidaa", TitanOs: "titanos" "titan os",
    SmartCast: "smartcast" "vizio", Orsay: "maple" "smarthub", PlayStation: "playstation",
    Xbox: "xbox", Nintendo: "nintendo", AppleWatch: "watchos" "apple watch" "watch os",
    VisionOs: "visionos" "xros" "apple vision", HomePod: "homepod" "audioos",
    Quest: "oculusbrowser" "quest " "pico ", Car: "tesla/" "qtcarbrowser" "android automotive",
    WindowsPhone: "windows phone", KaiOs: "kaios", Harmony: "harmonyos" "openharmony",
    IPad: "ipad", IPhone: "iphone" "ipod", Ios: "ios " "ios/" "ios;" "ios)", Android: "android",
    CrKey: "crkey", Windows: "windows" "win64", CrOs: "cros ", Mac: "macintosh" "mac os" "macos",
    Darwin: "darwin/", FreeBsd: "freebsd" "openbsd" "netbsd", Linux: "linux" "x11" "ubuntu",
    // Players and media stacks
    Theo: "theoplayer", Bitmovin: "bitmovin", Castlabs: "castlabs" "prestoplay",
    ExoPlayer: "exoplayer", Media3: "androidxmedia3", CoreMedia: "applecoremedia",
    Vlc: "vlc/" "libvlc", Kodi: "kodi/" "xbmc/", Mpv: "mpv" , GStreamer: "gstreamer",
    Ffmpeg: "lavf", Stagefright: "stagefright", NexPlayer: "nexplayer",
    // App frameworks
    CfNetwork: "cfnetwork", OkHttp: "okhttp", Dalvik: "dalvik", Dart: "dart/", Unity: "unityplayer",
    // Apps with a browser inside
    Facebook: "fban" "fbav", Instagram: "instagram", GoogleApp: "gsa/", TikTok: "musical_ly" "tiktok",
    // Browsers
    Edge: "edg/" "edga/" "edgios/" "edge/", Opera: "opr/" "opios/" "opt/" "opera",
    Samsung: "samsungbrowser", Silk: "silk/", Vivaldi: "vivaldi", Yandex: "yabrowser",
    Uc: "ucbrowser" "ucweb", Huawei: "huaweibrowser", Miui: "miuibrowser", Duck: "duckduckgo" "ddg/",
    Brave: "brave", Firefox: "firefox/" "fxios/" "focus/", HeadlessChrome: "headlesschrome",
    Chrome: "chrome/" "crios/" "chromium/", Explorer: "msie" "trident/", Safari: "safari/",
    // Machines without a viewer
    Bot: "facebookexternalhit" "bingpreview" "slurp" "crawl" "spider" "scrapy" "mediapartners-google"
        "google-read-aloud" "apis-google" "lighthouse" "chrome-lighthouse" "pagespeed" "headlesschrome"
        "phantomjs" "puppeteer" "playwright" "selenium" "pingdom" "statuscake" "datadog" "newrelic"
        "nagios" "zabbix" "check_http" "kube-probe" "elb-healthchecker" "googlehc" "amazon-route53",
    Tool: "curl/" "wget/" "python" "aiohttp" "httpx" "go-http-client" "java/" "apache-httpclient"
        "libwww-perl" "ruby" "faraday" "guzzle" "php/" "axios/" "node-fetch" "node/" "undici" "deno/"
        "bun/" "got (" "postmanruntime" "insomnia" "httpie" "k6/" "jmeter" "locust" "reqwest" "hyper/"
        "vegeta" "wrk",
}

const _: () = assert!(COUNT <= 128, "a set of marks has 128 places");

/// The marks found in one text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Marks(u128);

impl Marks {
    pub(crate) fn has(self, mark: Mark) -> bool {
        self.0 & (1 << mark as u32) != 0
    }

    pub(crate) fn has_any(self, marks: &[Mark]) -> bool {
        marks.iter().any(|&mark| self.has(mark))
    }

    fn add(&mut self, mark: Mark) {
        self.0 |= 1 << mark as u32;
    }
}

/// Finds marks; the texts lie sorted by their first letter.
#[derive(Debug)]
pub(crate) struct Finder([Vec<(&'static [u8], Mark)>; 26]);

impl Finder {
    pub(crate) fn new() -> Self {
        let mut by_letter = [const { Vec::new() }; 26];
        for (text, mark) in TEXTS {
            if let Some(letter) = letter(text.as_bytes()) {
                by_letter[letter].push((text.as_bytes(), *mark));
            }
        }
        Self(by_letter)
    }

    /// Finds the marks of a text in lower case.
    pub(crate) fn find(&self, text: &[u8]) -> Marks {
        let mut marks = Marks::default();
        let mut before = b' ';
        for (at, &byte) in text.iter().enumerate() {
            if !before.is_ascii_alphanumeric() {
                for (mark_text, mark) in
                    letter(&text[at..]).map_or(&[][..], |letter| &self.0[letter])
                {
                    if text[at..].starts_with(mark_text) {
                        marks.add(*mark);
                    }
                }
            }
            if !byte.is_ascii_alphabetic() && is_bot_word(&text[..at]) {
                marks.add(Mark::Bot);
            }
            before = byte;
        }
        if is_bot_word(text) {
            marks.add(Mark::Bot);
        }
        marks
    }
}

/// Says whether the last word is the name of a bot: they end alike, `Googlebot`, `AhrefsBot`.
fn is_bot_word(text: &[u8]) -> bool {
    let is_named = [&b"bot"[..], b"crawler", b"spider"]
        .iter()
        .any(|end| text.ends_with(end));
    // The brand of a telephone.
    is_named && !text.ends_with(b"cubot")
}

fn letter(text: &[u8]) -> Option<usize> {
    let first = text.first().filter(|byte| byte.is_ascii_lowercase())?;
    Some(usize::from(first - b'a'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_can_be_found() {
        for (text, mark) in TEXTS {
            assert!(
                letter(text.as_bytes()).is_some(),
                "{text} begins with no letter"
            );
            assert_eq!(text.to_ascii_lowercase(), *text);
            assert!(Finder::new().find(text.as_bytes()).has(*mark), "{text}");
        }
    }

    #[test]
    fn marks_stand_at_the_start_of_a_word() {
        let finder = Finder::new();
        assert!(finder.find(b"(x;roku/9)").has(Mark::Roku));
        assert!(!finder.find(b"(xroku/9)").has(Mark::Roku));
        assert!(finder.find(b"x adsbot-google").has(Mark::Bot));
        assert!(finder.find(b"ahrefsbot").has(Mark::Bot));
        assert!(!finder.find(b"android 11; cubot note 20").has(Mark::Bot));
        assert!(!finder.find(b"bottle/1.0").has(Mark::Bot));
    }
}
