//! What was measured, for people and for programs.

use serde_json::{Value, json};

/// One figure.
#[derive(Debug)]
pub(crate) struct Figure {
    subject: String,
    name: String,
    value: f64,
    unit: &'static str,
    bar: Option<&'static str>,
}

impl Figure {
    /// Says what is wanted of it.
    pub(crate) fn bar(&mut self, bar: &'static str) {
        self.bar = Some(bar);
    }
}

/// All figures, in the order in which they were measured.
#[derive(Debug, Default)]
pub(crate) struct Table {
    figures: Vec<Figure>,
}

impl Table {
    pub(crate) fn add(
        &mut self,
        subject: &str,
        name: &str,
        value: f64,
        unit: &'static str,
    ) -> &mut Figure {
        let figure = Figure {
            subject: subject.to_owned(),
            name: name.to_owned(),
            value,
            unit,
            bar: None,
        };
        self.figures.push(figure);
        self.figures.last_mut().expect("a figure was pushed")
    }

    pub(crate) fn json(&self) -> Value {
        let figures = self.figures.iter().map(|figure| {
            json!({
                "subject": figure.subject,
                "figure": figure.name,
                "value": figure.value,
                "unit": figure.unit,
                "bar": figure.bar,
            })
        });
        json!({ "figures": figures.collect::<Vec<_>>() })
    }

    /// A Markdown table.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("| Subject | Figure | Value | Wanted |\n|---|---|---|---|\n");
        for figure in &self.figures {
            let Figure {
                subject,
                name,
                value,
                unit,
                bar,
            } = figure;
            let (value, bar) = (shown(*value), bar.unwrap_or(""));
            text.push_str(&format!(
                "| {subject} | {name} | {value} {unit} | {bar} |\n"
            ));
        }
        text
    }
}

/// Three digits that matter, and thousands kept apart.
fn shown(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => {
            let digits = format!("{:.0}", value);
            let mut text = String::new();
            for (place, digit) in digits.chars().enumerate() {
                if place > 0 && (digits.len() - place).is_multiple_of(3) {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(shown(2_345_678.9), "2,345,679");
        assert_eq!(shown(345.0), "345");
        assert_eq!(shown(34.56), "34.6");
        assert_eq!(shown(1.234), "1.23");
    }
}
