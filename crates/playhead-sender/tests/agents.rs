//! What user agents from the field mean.

use std::net::{IpAddr, Ipv4Addr};

use playhead_model::record::Sender;
use playhead_sender::{Headers, Lookup, Options};

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 77));

/// User agent, device, system, browser.
const VIEWERS: &[(&str, &str, &str, &str)] = &[
    // Desktop
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "desktop",
        "Windows",
        "Chrome",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
        "desktop",
        "Windows",
        "Edge",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "desktop",
        "Windows",
        "Firefox",
    ),
    (
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
        "desktop",
        "Windows",
        "Internet Explorer",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0",
        "desktop",
        "Windows",
        "Opera",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "desktop",
        "macOS",
        "Safari",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "desktop",
        "Linux",
        "Firefox",
    ),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "desktop",
        "ChromeOS",
        "Chrome",
    ),
    // Telephones and tablets
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "mobile",
        "iOS",
        "Safari",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
        "mobile",
        "iOS",
        "Chrome",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/127.0 Mobile/15E148 Safari/605.1.15",
        "mobile",
        "iOS",
        "Firefox",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        "mobile",
        "iOS",
        "WebView",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21E219 [FBAN/FBIOS;FBAV/468.0.0.34.104]",
        "mobile",
        "iOS",
        "Facebook",
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
        "tablet",
        "iOS",
        "Safari",
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
        "mobile",
        "Android",
        "Chrome",
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "tablet",
        "Android",
        "Chrome",
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
        "mobile",
        "Android",
        "Samsung Internet",
    ),
    (
        "Mozilla/5.0 (Android 14; Tablet; rv:127.0) Gecko/127.0 Firefox/127.0",
        "tablet",
        "Android",
        "Firefox",
    ),
    (
        "Mozilla/5.0 (Linux; Android 13; Pixel 7 Build/TQ3A.230805.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.71 Mobile Safari/537.36",
        "mobile",
        "Android",
        "WebView",
    ),
    (
        "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.4844.88 Mobile Safari/537.36",
        "mobile",
        "Android",
        "Chrome",
    ),
    (
        "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/52.0.2743.116 Mobile Safari/537.36 Edge/15.15063",
        "mobile",
        "Windows Phone",
        "Edge",
    ),
    (
        "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/124.2.2 like Chrome/124.0.6367.82 Safari/537.36",
        "tablet",
        "Fire OS",
        "Silk",
    ),
    // Apps and media stacks
    (
        "AppleCoreMedia/1.0.0.21F90 (iPhone; U; CPU OS 17_5_1 like Mac OS X; en_us)",
        "mobile",
        "iOS",
        "AppleCoreMedia",
    ),
    (
        "AppleCoreMedia/1.0.0.20K71 (Apple TV; U; CPU OS 16_1 like Mac OS X; en_us)",
        "tv",
        "tvOS",
        "AppleCoreMedia",
    ),
    (
        "AppleCoreMedia/1.0.0.22A380 (Macintosh; U; Intel Mac OS X 13_0; en_us)",
        "desktop",
        "macOS",
        "AppleCoreMedia",
    ),
    ("AppleTV11,1/11.1", "tv", "tvOS", "AppleTV11"),
    (
        "Example%20News/412 CFNetwork/1494.0.7 Darwin/23.4.0",
        "",
        "iOS",
        "Example News",
    ),
    (
        "Example/7 CFNetwork/1240.0.4 Darwin/20.6.0 (x86_64)",
        "desktop",
        "macOS",
        "Example",
    ),
    (
        "Example/3.2 (com.example.tv; build:11; iOS 16.1.0) Alamofire/5.4.0",
        "",
        "iOS",
        "Example",
    ),
    (
        "Example/1.0.2 (Linux;Android 11) ExoPlayerLib/2.18.1",
        "",
        "Android",
        "ExoPlayer",
    ),
    (
        "ExampleTV/4.1 (Linux; Android 9; BRAVIA 4K GB Build/PTT1) AndroidXMedia3/1.3.1",
        "tv",
        "Android",
        "Media3",
    ),
    (
        "Dalvik/2.1.0 (Linux; U; Android 13; SM-A536B Build/TP1A.220624.014)",
        "mobile",
        "Android",
        "Dalvik",
    ),
    (
        "Dalvik/2.1.0 (Linux; U; Android 9; SM-T510 Build/PPR1.180610.011)",
        "tablet",
        "Android",
        "Dalvik",
    ),
    ("okhttp/4.12.0", "", "", "okhttp"),
    (
        "THEOplayer/7.3 (Android 12; Build/SP1A)",
        "mobile",
        "Android",
        "THEOplayer",
    ),
    ("VLC/3.0.20 LibVLC/3.0.20", "", "", "VLC"),
    (
        "Kodi/20.2 (X11; Linux x86_64) Ubuntu/22.04 App_Bitness/64 Version/20.2",
        "",
        "Linux",
        "Kodi",
    ),
    ("ExamplePlayer 2 (somewhere)", "", "", "ExamplePlayer 2"),
    // TVs, sticks, boxes, consoles
    ("Roku/DVP-12.5 (12.5.0.4178-88)", "tv", "Roku OS", "Roku"),
    (
        "Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) 76.0.3809.146/6.0 TV Safari/537.36",
        "tv",
        "Tizen",
        "Tizen browser",
    ),
    (
        "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36 WebAppManager",
        "tv",
        "webOS",
        "webOS browser",
    ),
    (
        "Mozilla/5.0 (Linux; Android 9; AFTKA Build/PS7646.3494N; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/112.0.5615.213 Mobile Safari/537.36",
        "tv",
        "Fire OS",
        "WebView",
    ),
    (
        "Dalvik/2.1.0 (Linux; U; Android 7.1.2; AFTMM Build/NS6271)",
        "tv",
        "Fire OS",
        "Dalvik",
    ),
    (
        "Mozilla/5.0 (Linux; Kepler 1.1; AFTCA002 user/1234) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
        "tv",
        "Vega OS",
        "Chrome",
    ),
    (
        "Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.5481.100 Safari/537.36 CrKey/1.56.500000",
        "tv",
        "Cast OS",
        "Chromecast",
    ),
    (
        "Mozilla/5.0 (Linux; Android 12.0; Build/STTE.230319) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 CrKey/1.56.500000 DeviceType/AndroidTV",
        "tv",
        "Android",
        "Chromecast",
    ),
    (
        "Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/88.0.4324.152 Safari/537.36 CrKey/1.0.999999 VIZIO SmartCast(Conjure/MTKE-5.1.507.1)",
        "tv",
        "SmartCast",
        "Chromecast",
    ),
    (
        "Mozilla/5.0 (Linux; U; Android 9; VIDAA U5) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/88.0 Safari/537.36 Vidaa/6.0",
        "tv",
        "VIDAA",
        "Chrome",
    ),
    (
        "Mozilla/5.0 (Linux; Andr0id 9; BRAVIA 4K UR2) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/84.0.4147.125 Safari/537.36 OPR/46.0.2207.0 OMI/4.21.0 HbbTV/1.5.1",
        "tv",
        "Linux",
        "Opera",
    ),
    (
        "Mozilla/5.0 (PlayStation; PlayStation 5/8.20) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15",
        "console",
        "PlayStation",
        "PlayStation browser",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763",
        "console",
        "Xbox",
        "Edge",
    ),
    (
        "Mozilla/5.0 (Nintendo Switch; WifiWebAuthApplet) AppleWebKit/606.4 (KHTML, like Gecko) NF/6.0.1.15.4 NintendoBrowser/5.1.0.20393",
        "console",
        "Nintendo",
        "Nintendo browser",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64; Quest 3) AppleWebKit/537.36 (KHTML, like Gecko) OculusBrowser/33.0 Chrome/126.0 VR Safari/537.36",
        "headset",
        "Linux",
        "Chrome",
    ),
    (
        "Mozilla/5.0 (X11; GNU/Linux) AppleWebKit/537.36 (KHTML, like Gecko) Chromium/79.0.3945.130 Chrome/79.0.3945.130 Safari/537.36 Tesla/2020.16.2.1",
        "car",
        "Linux",
        "Chrome",
    ),
    // Nothing to tell
    ("", "", "", ""),
    ("-", "", "", ""),
    ("Mozilla/5.0", "", "", ""),
];

/// User agent, browser.
const BOTS: &[(&str, &str)] = &[
    (
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Googlebot",
    ),
    (
        "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)",
        "Googlebot",
    ),
    (
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "bingbot",
    ),
    (
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
        "AhrefsBot",
    ),
    ("Mozilla/5.0 (compatible; Baiduspider/2.0)", "Baiduspider"),
    (
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "facebookexternalhit",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/125.0.0.0 Safari/537.36",
        "Headless Chrome",
    ),
    (
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "GPTBot",
    ),
    ("UptimeRobot/2.0", "UptimeRobot"),
    ("curl/8.5.0", "curl"),
    ("python-requests/2.31.0", "python-requests"),
    ("Go-http-client/1.1", "Go-http-client"),
    ("kube-probe/1.29", "kube-probe"),
];

fn sender(lookup: &mut Lookup, agent: &[u8]) -> Sender {
    lookup.sender(
        "collection",
        PEER,
        Headers {
            user_agent: Some(agent),
            ..Headers::default()
        },
    )
}

#[test]
fn viewers_are_told_apart() {
    let mut lookup = Lookup::new(&Options::default()).unwrap();
    let mut wrong = Vec::new();
    for &(agent, device, system, browser) in VIEWERS {
        let found = sender(&mut lookup, agent.as_bytes());
        assert!(!found.bot, "{agent}");
        let found = (&*found.device, &*found.system, &*found.browser);
        if found != (device, system, browser) {
            wrong.push(format!(
                "{agent}\n  {found:?}, not {:?}",
                (device, system, browser)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn bots_are_tagged() {
    let mut lookup = Lookup::new(&Options::default()).unwrap();
    for &(agent, browser) in BOTS {
        let found = sender(&mut lookup, agent.as_bytes());
        assert!(found.bot, "{agent}");
        assert_eq!(&*found.browser, browser, "{agent}");
    }
}

#[test]
fn without_a_user_agent_nothing_is_told() {
    let mut lookup = Lookup::new(&Options::default()).unwrap();
    let found = lookup.sender("collection", PEER, Headers::default());
    let wanted = Sender {
        api: "collection".into(),
        address: "203.0.113.0".into(),
        ..Sender::default()
    };
    assert_eq!(found, wanted);
}

#[test]
fn hostile_strings_give_short_printable_names() {
    let mut lookup = Lookup::new(&Options::default()).unwrap();
    let long = "x".repeat(1_000_000);
    let bots = "bot".repeat(1000);
    let marks = "(roku".repeat(200);
    for agent in [
        long.as_bytes(),
        bots.as_bytes(),
        marks.as_bytes(),
        b"\xff\xfe\x00\x80/1",
        b"<script>\x07</script>/1.0",
        b"\xf0\x9f\x98\x80/1.0",
        b"////((((;;;;",
        b" \t ",
        b"%20/1",
    ] {
        let found = sender(&mut lookup, agent);
        assert!(found.browser.len() <= 64);
        assert!(
            found
                .browser
                .bytes()
                .all(|byte| (b' '..=b'~').contains(&byte))
        );
    }
}
