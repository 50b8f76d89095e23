//! The report page in a real browser: Chromium, driven by ChromeDriver over the WebDriver protocol.
//!
//! Ignored unless it is asked for, since it needs Debian's packages `chromium` and `chromium-driver`:
//! `cargo test --all-features --test browser -- --ignored`, as `.ci/run` does after it has installed them.

#![cfg(feature = "cli")]

#[path = "support/figures.rs"]
mod figures;

use base64::Engine as _;
use dualtape::compare::report::{explain_page, page, training_page};
use dualtape::compare::{Options, sweep, zoo};
use dualtape::graph::Graph;
use dualtape::train;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How the protocol names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one window.
struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
}

impl Browser {
    fn start(profile: &Path) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed: it comes with Debian's package chromium-driver");
        // The driver says which port it took.
        let lines = BufReader::new(driver.stdout.take().expect("its output is piped")).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| {
                let rest = line.split("successfully on port ").nth(1)?;
                rest.trim_end_matches('.').parse::<u16>().ok()
            })
            .expect("chromedriver says its port");
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(60)))
            .http_status_as_error(false)
            .build()
            .into();
        let mut browser = Self { driver, session: format!("http://127.0.0.1:{port}/session"), agent };
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--window-size=1200,900",
        ];
        let profile = format!("--user-data-dir={}", profile.display());
        let flags: Vec<&str> = flags.into_iter().chain([profile.as_str()]).collect();
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": flags},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let started = browser.post("", &capabilities);
        let id = started["sessionId"].as_str().unwrap_or_else(|| panic!("a session starts: {started}"));
        browser.session = format!("{}/{id}", browser.session);
        browser
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Value {
        let response = self.agent.post(format!("{}{path}", self.session)).send_json(body);
        let mut response = response.unwrap_or_else(|error| panic!("{path}: {error}"));
        let answer: Value =
            response.body_mut().with_config().limit(1 << 28).read_json().expect("the driver answers in JSON");
        assert_eq!(response.status(), 200, "{path}: {answer}");
        answer["value"].clone()
    }

    fn open(&self, page: &Path) {
        self.post("/url", &json!({"url": format!("file://{}", page.display())}));
    }

    /// The value of a script's `return`.
    #[track_caller]
    fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []}))
    }

    #[track_caller]
    fn find(&self, selector: &str) -> Value {
        let element = self.post("/element", &json!({"using": "css selector", "value": selector}));
        assert!(element[ELEMENT].is_string(), "{selector}");
        element
    }

    fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.post(&format!("/element/{}/click", element[ELEMENT].as_str().expect("an element")), &json!({}));
    }

    fn hover(&self, selector: &str) {
        let origin = self.find(selector);
        self.run(&format!("document.querySelector('{selector}').scrollIntoView({{block: 'center'}})"));
        let moves = json!([{"type": "pointerMove", "duration": 0, "x": 20, "y": 10, "origin": origin}]);
        let pointer =
            json!({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": moves});
        self.post("/actions", &json!({"actions": [pointer]}));
    }

    /// Presses a key, on what has the focus.
    fn press(&self, key: char) {
        let keys = json!([{"type": "keyDown", "value": key.to_string()}, {"type": "keyUp", "value": key.to_string()}]);
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": keys}]}));
    }

    fn devtools(&self, command: &str, parameters: Value) {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}));
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        self.post("/se/log", &json!({"type": kind})).as_array().expect("a log is a list").clone()
    }

    /// The picture of the window: width, height and colours.
    fn picture(&self) -> (u32, u32, HashSet<[u8; 3]>, Vec<u8>) {
        let response = self.agent.get(format!("{}/screenshot", self.session)).call();
        let answer: Value =
            response.expect("a screenshot").body_mut().with_config().limit(1 << 28).read_json().expect("JSON");
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(answer["value"].as_str().expect("a screenshot is text"))
            .expect("a screenshot is base64");
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("the size is known")];
        let info = reader.next_frame(&mut pixels).expect("a PNG with pixels");
        let colours = pixels.chunks(info.color_type.samples()).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        (info.width, info.height, colours, pixels)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browsers when it is asked to close the session; both may be gone already.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// What every page has to stand, whatever it shows.
fn check_page(browser: &Browser, file: &Path) {
    browser.open(file);
    assert!(browser.run("return document.title").as_str().is_some_and(|title| title.ends_with("dualtape")));
    // Nothing was loaded but the page itself.
    assert_eq!(browser.run("return performance.getEntriesByType('resource').length"), 0);
    for entry in browser.log("performance") {
        let message: Value = serde_json::from_str(entry["message"].as_str().expect("text")).expect("JSON");
        let request = &message["message"];
        if request["method"] == "Network.requestWillBeSent" {
            let url = request["params"]["request"]["url"].as_str().expect("a request has an address");
            assert!(["file:", "data:", "about:", "chrome"].iter().any(|start| url.starts_with(start)), "{url}");
        }
    }
    let complaints = browser.log("browser");
    assert!(complaints.is_empty(), "{complaints:?}");
    // Every chart is drawn, has a name and a description, and lines within its picture.
    let drawn = browser.run(
        "return [...document.querySelectorAll('.chart > svg')].map(svg => [svg.getAttribute('role'), \
         svg.querySelector('title').textContent, svg.querySelector('desc').textContent, \
         [...svg.querySelectorAll('path.line')].map(line => line.getAttribute('d')).join(' ')])",
    );
    let drawn = drawn.as_array().expect("charts");
    assert!(drawn.len() >= 2);
    for chart in drawn {
        assert_eq!(chart[0], "img");
        assert!(
            chart[1].as_str().is_some_and(|title| title.len() > 5) && chart[2].as_str().is_some_and(|d| d.len() > 20)
        );
        let lines = chart[3].as_str().expect("lines");
        assert!(lines.starts_with('M') && !lines.contains("NaN") && !lines.contains("Infinity"), "{lines}");
    }
    let (_, _, colours, light) = browser.picture();
    assert!(colours.len() > 20, "a picture of {} colours", colours.len());
    // Dark is another picture with a dark ground.
    let scheme = |value: &str| json!({"features": [{"name": "prefers-color-scheme", "value": value}]});
    browser.devtools("Emulation.setEmulatedMedia", scheme("dark"));
    let (.., dark) = browser.picture();
    let mean = |pixels: &[u8]| pixels.iter().map(|&p| f64::from(p)).sum::<f64>() / pixels.len() as f64;
    assert!(mean(&light) > 180.0 && mean(&dark) < 120.0, "{} {}", mean(&light), mean(&dark));
    browser.devtools("Emulation.setEmulatedMedia", scheme("light"));
    // On a phone nothing sticks out of the page.
    let phone = json!({"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": true});
    browser.devtools("Emulation.setDeviceMetricsOverride", phone);
    browser.open(file);
    assert_eq!(browser.run("return document.documentElement.scrollWidth"), 360);
    let widest =
        browser.run("return Math.max(...[...document.querySelectorAll('.chart > svg')].map(s => s.clientWidth))");
    assert!(widest.as_f64().is_some_and(|width| (250.0..=360.0).contains(&width)), "{widest}");
    browser.devtools("Emulation.clearDeviceMetricsOverride", json!({}));
    browser.open(file);
    // It prints.
    let pdf = browser.post("/print", &json!({}));
    let pdf = base64::engine::general_purpose::STANDARD.decode(pdf.as_str().expect("text")).expect("base64");
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 10_000, "{} bytes", pdf.len());
    assert!(browser.log("browser").is_empty());
}

fn lines(browser: &Browser, chart: &str) -> String {
    let script = format!(
        "return [...document.querySelectorAll('#{chart} path.line')].map(line => line.getAttribute('d')).join(' ')"
    );
    browser.run(&script).as_str().expect("lines").to_owned()
}

fn pressed(browser: &Browser) -> String {
    let script = "return [...document.querySelectorAll('#cost button')].filter(b => b.getAttribute('aria-pressed') === \
                  'true').map(b => b.textContent).join('|')";
    browser.run(script).as_str().expect("text").to_owned()
}

fn tooltip(browser: &Browser) -> String {
    let script = "const tip = document.querySelector('#cost .tooltip'); return tip.hidden ? '' : tip.textContent";
    browser.run(script).as_str().expect("text").to_owned()
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn the_pages_work_in_chromium() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let write = |name: &str, page: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, page).expect("the page is written");
        path
    };
    let find = |name| zoo::find(name).expect("it is in the zoo");
    let options = Options { timing: Duration::from_millis(5), ..Options::default() };
    let command = "dualtape compare rosenbrock";
    let grown = sweep(find("rosenbrock"), &[2, 20, 200], &options);
    let sweep_page = write("sweep.html", page(&grown, command));
    // One size only, and several outputs.
    let single = write("single.html", page(&sweep(find("rosenbrock"), &[5], &options), command));
    let many = sweep(find("heat"), &[3, 30], &options);
    let many = write("many.html", page(&many, command));
    let family = find("logistic-regression");
    let (iris, start) = (family.trainable(1).expect("it has one output"), family.member(1).1);
    let training = train::train(&*iris, &start, &train::Settings::default(), |_| {}, |_| {}).expect("it trains");
    let about = &family.about();
    let training = write("training.html", training_page(about, &training, command));

    let browser = Browser::start(&folder.path().join("profile"));
    for file in [&sweep_page, &single, &many, &training] {
        check_page(&browser, file);
    }

    browser.open(&sweep_page);
    assert_eq!(pressed(&browser), "Counted");
    let counted = lines(&browser, "cost");
    let tape = lines(&browser, "tape");
    // Measured: another picture of this chart, the others stay.
    browser.click("#cost button[data-view='1']");
    assert_eq!(pressed(&browser), "Measured");
    assert_ne!(lines(&browser, "cost"), counted);
    assert_eq!(lines(&browser, "tape"), tape);
    // Back by the keyboard alone: Enter and the space bar press a button that has the focus.
    browser.run("document.querySelector(\"#cost button[data-view='0']\").focus()");
    browser.press('\u{e007}');
    assert_eq!((pressed(&browser).as_str(), lines(&browser, "cost")), ("Counted", counted));
    browser.run("document.querySelector(\"#cost button[data-view='2']\").focus()");
    browser.press(' ');
    assert_eq!(pressed(&browser), "Counted, × f");
    browser.click("#cost button[data-view='0']");

    // Under the mouse, the exact counts of the nearest n.
    assert_eq!(tooltip(&browser), "");
    browser.hover("#cost .chart > svg");
    let comparison = &grown.comparisons[1];
    let operations = figures::grouped(comparison.primal.counts.total());
    let text = tooltip(&browser);
    assert!(text.starts_with("n = 20") && text.contains(&format!("{operations} operations")), "{text}");
    // By the keyboard: right and left go through the sizes, Escape leaves.
    browser.run("document.querySelector('#cost .chart > svg').focus()");
    browser.press('\u{e014}');
    assert!(tooltip(&browser).starts_with("n = 200"), "{}", tooltip(&browser));
    browser.press('\u{e012}');
    browser.press('\u{e012}');
    assert!(tooltip(&browser).starts_with("n = 2"), "{}", tooltip(&browser));
    browser.press('\u{e00c}');
    assert_eq!(tooltip(&browser), "");
    assert!(browser.log("browser").is_empty());
    step_through(&browser, folder.path());
}

/// The page of a graph shows at each step what is known by then, and nothing else: not a value, a local derivative, a δ or
/// an entry of the gradient too early.
fn step_through(browser: &Browser, folder: &Path) {
    let graph = Graph::record(|x| vec![(x[0] + x[1]) * (x[1] + 1.0)], &[2.0, 3.0, 7.0]);
    let graph = graph.named(&["a", "b", "c"], &["J"]);
    let file = folder.join("graph.html");
    let page = explain_page("(a + b)*(b + 1)", &graph, Some(1), "dualtape explain").expect("it is small");
    std::fs::write(&file, page).expect("the page is written");
    browser.open(&file);
    assert_eq!(browser.run("return performance.getEntriesByType('resource').length"), 0);
    let count = || browser.run("return document.getElementById('count').textContent").as_str().unwrap_or("").to_owned();
    // What a reader sees of these elements.
    let seen = |selector: &str| -> Vec<String> {
        let script = format!(
            "return [...document.querySelectorAll('{selector}')].map(element => \
             getComputedStyle(element).visibility === 'hidden' ? '' : element.textContent)"
        );
        let texts = browser.run(&script);
        texts.as_array().expect("texts").iter().map(|text| text.as_str().unwrap_or("").to_owned()).collect()
    };
    let cells = |class: &str| seen(&format!("tr[data-node] .{class}"));
    let list = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let nothing = |n: usize| vec![String::new(); n];
    // Inputs a, b, c, then a + b, the constant 1, b + 1 and the product; then the seed and what five edges hand on.
    assert_eq!(count(), "0 of 12");
    assert_eq!(cells("value"), list(&["", "", "", "", "1", "", ""]));
    assert_eq!((cells("delta"), cells("locals")), (nothing(7), nothing(7)));
    assert_eq!((seen(".edge .partial"), seen(".derivative")), (nothing(6), nothing(3)));
    assert_eq!(cells("tangent"), list(&["", "", "", "", "0", "", ""]));
    let edge = |from: u32, to: u32| seen(&format!(".edge[data-from=\"{from}\"][data-to=\"{to}\"] .partial")).concat();
    for _ in 0..4 {
        browser.press('\u{e014}');
    }
    assert_eq!(count(), "4 of 12");
    assert_eq!(cells("value"), list(&["2", "3", "7", "5", "1", "", ""]));
    assert_eq!(cells("locals"), list(&["", "", "", "∂v3/∂a = 1∂v3/∂b = 1", "", "", ""]));
    assert_eq!(
        (edge(0, 3).as_str(), edge(1, 3).as_str(), edge(1, 5).as_str(), edge(3, 6).as_str()),
        ("1", "1", "", "")
    );
    browser.click("#next");
    browser.click("#back");
    assert_eq!(count(), "4 of 12");
    // Each step of the backward phase, by the program's own account of it.
    browser.press('\u{e014}');
    browser.press('\u{e014}');
    assert_eq!((count().as_str(), cells("delta"), seen(".derivative")), ("6 of 12", nothing(7), nothing(3)));
    assert_eq!(cells("locals").iter().filter(|text| !text.is_empty()).count(), 3);
    browser.press('\u{e014}');
    assert_eq!(cells("delta"), list(&["", "", "", "", "", "", "1"]));
    let steps = graph.backward_phase(0);
    let last = |input: u32| steps.iter().rposition(|step| step.to == input);
    for (at, _) in steps.iter().enumerate() {
        browser.press('\u{e014}');
        let so_far = |node: u32| steps[..=at].iter().rfind(|step| step.to == node).map(|step| step.sum.to_string());
        let is_end = at + 1 == steps.len();
        let delta = |node: u32| match node {
            6 => "1".to_owned(),
            4 => String::new(),
            2 if is_end => "0".to_owned(),
            node => so_far(node).unwrap_or_default(),
        };
        assert_eq!(cells("delta"), (0..7).map(delta).collect::<Vec<_>>(), "after {at}");
        let entry =
            |input: u32| if last(input).map_or(is_end, |last| at >= last) { delta(input) } else { String::new() };
        assert_eq!(seen(".derivative"), (0..3).map(entry).collect::<Vec<_>>(), "after {at}");
    }
    browser.click("#first");
    browser.press('\u{e010}');
    assert_eq!(count(), "12 of 12");
    assert_eq!(cells("value"), list(&["2", "3", "7", "5", "1", "4", "20"]));
    let (_, gradient) = graph.gradient(&[2.0, 3.0, 7.0]).expect("nothing has changed");
    let numbers = |texts: Vec<String>| texts.iter().map(|text| text.parse().expect("a number")).collect::<Vec<f64>>();
    assert_eq!(numbers(seen(".derivative")), gradient);
    let sentence = browser.run("return document.getElementById('sentence').textContent");
    assert!(sentence.as_str().is_some_and(|text| text.contains("it is added: δ(b) = 5 + 4 = 9")), "{sentence}");
    // The slider goes with it, and the picture shows δ.
    assert_eq!(browser.run("return document.getElementById('slider').value"), "12");
    let picture = browser.run("return document.querySelector('.node[data-node=\"1\"] .delta').textContent");
    assert_eq!(picture, "δ = 9");
    browser.click("#first");
    assert_eq!(count(), "0 of 12");
    for width in [400, 1400] {
        let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
        browser.devtools("Emulation.setDeviceMetricsOverride", size);
        browser.open(&file);
        // But for the bar at its side, the page is as wide as the window, and nothing sticks out.
        let script = "const page = document.documentElement; return page.scrollWidth - page.clientWidth";
        assert_eq!(browser.run(script), 0, "at {width} pixels");
    }
    browser.devtools("Emulation.clearDeviceMetricsOverride", json!({}));
    assert!(browser.log("browser").is_empty());
}
