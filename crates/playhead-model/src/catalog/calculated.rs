//! Calculated metrics: ratios of sums over the rows of a report (R9.8), and what the field expects
//! beside them.

use super::Unit;

/// A metric that is a formula over others.
#[derive(Clone, Copy, Debug)]
pub struct Calculated {
    pub name: &'static str,
    pub title: &'static str,
    pub unit: Unit,
    pub formula: &'static str,
    pub rule: &'static str,
}

macro_rules! calculated {
    ($($name:literal $unit:ident $rule:literal $title:literal = $formula:literal;)*) => {
        /// Every calculated metric, in order of the reference.
        pub const CALCULATED: &[Calculated] = &[$(Calculated {
            name: $name,
            title: $title,
            unit: Unit::$unit,
            formula: $formula,
            rule: $rule,
        }),*];
    };
}

calculated! {
    "adsPerMediaStream" Ratio "R9.8" "Avg. ads per media stream" = "ad.isStarted / isViewed";
    "chaptersPerMediaStream" Ratio "R9.8" "Avg. chapters per media stream" = "chapter.isStarted / isViewed";
    "averageMediaTime" Seconds "R9.8" "Avg. media time spent" = "totalTimePlayed / isViewed";
    "averageContentTime" Seconds "R9.8" "Avg. content time spent" = "timePlayed / isPlayed";
    "averageAdTime" Seconds "R9.8" "Avg. ad time spent" = "ad.timePlayed / ad.isStarted";
    "averageChapterTime" Seconds "R9.8" "Avg. chapter time spent" = "chapter.timePlayed / chapter.isStarted";
    "mediaCompletionRate" Ratio "R9.8" "Media completion rate" = "isCompleted / isViewed";
    "contentCompletionRate" Ratio "R9.8" "Content completion rate" = "isCompleted / isPlayed";
    "adCompletionRate" Ratio "R9.8" "Ad completion rate" = "ad.isCompleted / ad.isStarted";
    "chapterCompletionRate" Ratio "R9.8" "Chapter completion rate" = "chapter.isCompleted / chapter.isStarted";
    "dropBeforeStartRate" Ratio "R9.8" "Drop before start rate" = "isDroppedBeforeStart / isViewed";
    "pauseDurationRate" Ratio "R9.8" "Content pause duration rate" = "pauseTime / timePlayed";
    "bufferDurationRate" Ratio "R9.8" "Content buffer duration rate" = "bufferTime / timePlayed";
    "rebufferRatio" Ratio "R4.9" "Rebuffer ratio" = "rebufferTime / (timePlayed + rebufferTime)";
    "timeToStartRate" Ratio "R9.8" "Content time-to-start rate" = "timeToStart / timePlayed";
    "adTimeRate" Ratio "R9.8" "Ad time spent rate" = "ad.timePlayed / timePlayed";
    "averageAudienceOfContent" Ratio "R9.7" "Average audience of one content" = "timePlayed / same(contentLength)";
    "averageAudienceOfPeriod" Ratio "R9.7" "Average audience of the period" = "timePlayed / periodSeconds";
}

/// In formulas: the length of the report's range in seconds.
pub const PERIOD_SECONDS: &str = "periodSeconds";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::measure;
    use crate::report::Formula;

    #[test]
    fn every_formula_is_made_of_metrics() {
        assert!(CALCULATED.len() >= 15);
        for calculated in CALCULATED {
            assert!(measure(calculated.name).is_none(), "{}", calculated.name);
            let formula = Formula::parse(calculated.formula).unwrap();
            for term in formula.terms() {
                let is_known = term.metric == PERIOD_SECONDS || measure(&term.metric).is_some();
                assert!(is_known, "{}: {}", calculated.name, term.metric);
            }
        }
    }
}
