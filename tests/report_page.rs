//! The report page as text: every figure is there, and nothing of the user's breaks out of its place.

#![cfg(feature = "cli")]

#[path = "support/figures.rs"]
mod figures;

use dualtape::compare::report::{page, plot, sweep_sentences};
use dualtape::compare::{About, DynFamily, Options, Sweep, compare, sweep, zoo};
use dualtape::{Mode, One, Scalar, model};
use figures::{bytes, grouped, seconds, significant};
use std::time::Duration;

fn options(modes: &[Mode]) -> Options {
    Options { modes: modes.to_vec(), timing: Duration::from_millis(1), ..Options::default() }
}

fn find(name: &str) -> &'static dyn DynFamily {
    zoo::find(name).expect("it is in the zoo")
}

fn rosenbrock() -> Sweep {
    sweep(find("rosenbrock"), &[2, 20, 200], &options(&Mode::ALL))
}

fn of_page(sweep: &Sweep) -> String {
    page(sweep, "dualtape compare")
}

/// A sweep of one comparison of a function.
fn single(function: &impl dualtape::Model<Outputs = One>, x: &[f64], modes: &[Mode]) -> Sweep {
    Sweep::new(ABOUT, vec![compare(function, x, &options(modes))])
}

const ABOUT: About = About { name: "f", title: "f", formula: "f", inputs: "", domain: "", source: "" };

/// The data block of the page, as the browser reads it.
fn data(page: &str) -> serde_json::Value {
    const START: &str = "<script type=\"application/json\" id=\"data\">";
    let start = page.find(START).expect("the data") + START.len();
    let end = start + page[start..].find("</script>").expect("its end");
    serde_json::from_str(&page[start..end]).expect("JSON")
}

#[test]
fn every_figure_is_in_the_table() {
    let sweep = rosenbrock();
    let page = of_page(&sweep);
    for comparison in &sweep.comparisons {
        for cost in std::iter::once(&comparison.primal).chain(comparison.modes.iter().map(|it| &it.cost)) {
            for figure in [grouped(cost.counts.total()), grouped(cost.evaluations as u64)] {
                assert!(page.contains(&format!("<td>{figure}</td>")), "{figure}");
            }
            for time in [cost.time.median, cost.time.lower, cost.time.upper].map(seconds) {
                assert!(page.contains(&time), "{time}");
            }
        }
        let tape =
            format!("{} nodes, {} B", grouped(comparison.tape_nodes as u64), grouped(comparison.tape_bytes as u64));
        assert!(page.contains(&tape), "{tape}");
        let program = seconds(comparison.program.expect("it ran").time.median);
        assert!(page.contains(&program), "{program}");
    }
    for about in [sweep.about.title, sweep.about.source] {
        assert!(page.contains(&about.replace('\'', "&#39;")), "{about}");
    }
    assert!(page.contains("dualtape compare") && page.contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_charts_hold_the_figures() {
    let sweep = rosenbrock();
    let data = data(&of_page(&sweep));
    let charts: Vec<&str> = data.as_array().expect("charts").iter().filter_map(|chart| chart["id"].as_str()).collect();
    assert_eq!(charts, ["cost", "tape", "agreement"]);
    let views: Vec<&str> =
        data[0]["views"].as_array().expect("views").iter().filter_map(|v| v["name"].as_str()).collect();
    assert_eq!(views, ["Counted", "Measured", "Counted, × f", "Measured, × f"]);
    let counted = &data[0]["views"][0];
    let names: Vec<&str> =
        counted["series"].as_array().expect("series").iter().filter_map(|s| s["name"].as_str()).collect();
    assert_eq!(names, ["f itself", "central differences", "forward", "chunked forward", "reverse", "program"]);
    for (point, comparison) in counted["series"][4]["points"].as_array().expect("points").iter().zip(&sweep.comparisons)
    {
        assert_eq!(point["x"].as_f64(), Some(comparison.inputs() as f64));
        let operations = comparison.of(Mode::Reverse).expect("it ran").cost.counts.total();
        assert_eq!(point["y"].as_f64(), Some(operations as f64));
    }
    // Time is also measured over many points at once, counts are the same.
    let measured = data[0]["views"][1]["series"].as_array().and_then(|series| series.last()).expect("series");
    assert_eq!(measured["name"], "program, batches");
    for (point, comparison) in measured["points"].as_array().expect("points").iter().zip(&sweep.comparisons) {
        let program = comparison.program.expect("it ran");
        assert_eq!(point["y"].as_f64(), Some(program.time.median));
    }
    // The band of three to five times f.
    for (band, comparison) in counted["band"]["points"].as_array().expect("a band").iter().zip(&sweep.comparisons) {
        let primal = comparison.primal.counts.total() as f64;
        assert_eq!(band, &serde_json::json!([comparison.inputs() as f64, 3.0 * primal, 5.0 * primal]));
    }
}

#[test]
fn what_a_user_writes_stays_text() {
    let evil = "</script><script>alert(1)</script> & \"quotes\" 'x' <b> {{ 7 * 7 }}";
    let mut sweep = rosenbrock();
    sweep.about = About { name: evil, title: evil, formula: evil, inputs: evil, domain: evil, source: evil };
    let page = page(&sweep, evil);
    assert!(!page.contains("<script>alert") && !page.contains("<b>"), "markup is escaped");
    assert_eq!(page.matches("</script>").count(), 2, "the data and the script end once each");
    assert!(page.contains("{{ 7 * 7 }}"), "no template is expanded twice");
    data(&page);
    assert!(!plot(&sweep).contains("<script"));
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let page = of_page(&rosenbrock());
    for word in ["http://", "https://", "src=", "@import", "url(", "fetch(", "XMLHttpRequest", "<link rel=\"stylesheet"]
    {
        let addresses = page.matches(word).count();
        // The names of XML's languages are addresses that nobody visits.
        let names = page.matches("http://www.w3.org/").count();
        assert_eq!(addresses - if word == "http://" { names } else { 0 }, 0, "{word}");
    }
}

#[test]
fn sentences_have_the_figures_of_the_run() {
    let sweep = rosenbrock();
    let text = sweep_sentences(&sweep).join("\n");
    let last = &sweep.comparisons[2];
    let over = significant(last.operations_over_primal(Mode::Reverse).expect("it ran"));
    for part in [
        format!("At n = 200 one recorded evaluation and one sweep gave all 200 derivatives for {over} times"),
        "took 200 evaluations".to_owned(),
        "took 25 evaluations".to_owned(),
        format!("holds here: {over} counted"),
        format!("{} at n = 200", bytes(last.tape_bytes as f64)),
        "Reverse: one recorded evaluation".to_owned(),
    ] {
        assert!(text.contains(&part), "{part:?} in\n{text}");
    }
}

#[test]
fn odd_sweeps_have_pages() {
    fn constant<T: Scalar>(_: &[T]) -> T {
        T::constant(2.0)
    }
    fn undefined<T: Scalar>(x: &[T]) -> T {
        x[0].ln() + x[1]
    }
    let all = Mode::ALL;
    let page = of_page(&single(&model!(constant), &[1.0], &all));
    assert!(page.contains("does no operation") && !page.contains("NaN times"));
    let page = of_page(&single(&model!(undefined), &[-1.0, 2.0], &all));
    // NaN is no point of a chart.
    for chart in data(&page).as_array().expect("charts") {
        for series in
            chart["views"].as_array().expect("views").iter().filter_map(|view| view["series"].as_array()).flatten()
        {
            let points = series["points"].as_array().expect("points");
            assert!(!points.is_empty() && points.iter().all(|point| point["x"].is_number() && point["y"].is_number()));
        }
    }
    assert!(of_page(&single(&model!(constant), &[], &all)).contains("<table>"));
    // One mode only; none at all.
    let page = of_page(&single(&model!(undefined), &[1.0, 2.0], &[Mode::Forward]));
    assert!(page.contains("Forward mode, one direction at a time") && !page.contains("one sweep gave"));
    assert!(of_page(&single(&model!(undefined), &[1.0, 2.0], &[])).contains("f itself"));
    assert!(of_page(&Sweep::new(ABOUT, Vec::new())).contains("nothing to compare"));
    // Several outputs: a sweep for each, and the bound holds for each.
    let many = sweep(find("heat"), &[4, 40], &options(&all));
    let text = sweep_sentences(&many).join("\n");
    assert!(text.contains("40 sweeps gave all 40·40 derivatives"), "{text}");
    assert!(text.contains("each row of the Jacobian"), "{text}");
    assert_eq!(data(&of_page(&many))[0]["views"][0]["band"], serde_json::Value::Null);
    // What would take too long is said.
    let hurried = Options { time_limit: Duration::from_nanos(1), ..options(&all) };
    let sweep = sweep(find("rosenbrock"), &[100], &hurried);
    assert!(sweep_sentences(&sweep).join("\n").contains("At n = 100 forward was left out"));
}

#[test]
fn plots_are_pictures() {
    let sweep = rosenbrock();
    let svg = plot(&sweep);
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("reverse") && svg.contains("n, number of inputs") && !svg.contains("NaN"));
    assert!(plot(&Sweep::new(ABOUT, Vec::new())).contains("<svg"));
}
