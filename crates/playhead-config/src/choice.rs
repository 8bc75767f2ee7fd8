//! Settings that are one word out of a few.

macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// The words as they are written in settings.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// Gives the word as it is written in settings.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            pub(crate) fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

choice! {
    /// How strictly request bodies are judged at the door.
    Profile {
        /// Unknown keys are kept and counted, some types are converted.
        Lenient = "lenient",
        /// Unknown keys and converted types are refused.
        Strict = "strict",
    }
}

choice! {
    /// What has happened to an event when its sender is told that it was taken.
    Ack {
        /// It is on disk: it survives a power failure.
        Synced = "synced",
        /// It was handed to the operating system: it survives a crash of the process only.
        Written = "written",
    }
}

choice! {
    /// The unit in which the players of a suite send bitrates.
    BitrateUnit {
        /// Kilobits a second, taken as they are.
        Kbps = "kbps",
        /// Bits a second, divided by 1000.
        Bps = "bps",
    }
}

choice! {
    /// The form of the log lines on standard error.
    LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
}

choice! {
    /// Which listeners speak TLS.
    TlsListeners {
        Both = "both",
        /// The public door; the console stays plain.
        Door = "door",
        /// The console; the public door stays plain.
        Console = "console",
    }
}
