//! The shape of the source: imports go one way, `unsafe` stays where it belongs, files are small and say what they are.

#[path = "structure/circles.rs"]
mod circles;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// The modules from the bottom up. Each may import from the layers below it, none from a neighbour.
const LAYERS: &[&[&str]] = &[
    &["text", "table"],
    &["error"],
    &["functions"],
    &["scalar"],
    &["rules"],
    &["number"],
    &["model"],
    &["forward", "reverse", "counted"],
    &["higher", "mode"],
    &["rerun"],
    &["choose_hessian"],
    &["choose"],
    &["strict"],
    &["graph"],
    &["program", "dynamic"],
    &["argmin"],
    &["train"],
    &["compare"],
    &["course"],
    &["cli"],
    &["bin"],
];

/// Where `unsafe` stands: the storage of tapes, the sweep over it, slices whose numbers get a wrapper, methods that a trait declares unsafe, and calls of
/// functions that are compiled for instructions which not every machine has.
const UNSAFE: &[&str] = &[
    "forward/pair.rs",
    "number/linear_algebra.rs",
    "number/real.rs",
    "program/lanes/dispatch.rs",
    "reverse/record.rs",
    "reverse/store.rs",
    "reverse/sweep.rs",
];

/// How many lines a file may have.
const LONGEST: usize = 450;

/// A file of `src/`.
struct Source {
    /// Relative to `src/`, with `/` between the parts.
    path: String,
    text: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The module at the root of the crate that it belongs to.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().expect("a path has a part");
        first.trim_end_matches(".rs")
    }

    /// How many `super` lead from here to the root of the crate.
    fn depth(&self) -> usize {
        match self.path.split('/').collect::<Vec<_>>()[..] {
            ["lib.rs"] => 0,
            [_] | [_, "mod.rs"] => 1,
            [_, _] | [_, _, "mod.rs"] => 2,
            [_, _, _] => 3,
            _ => panic!("{}: expected at most two levels of folders in src/", self.path),
        }
    }

    /// The text without comments and with empty strings.
    fn code(&self) -> String {
        let mut code = String::new();
        let mut rest = self.text.as_str();
        while let Some(c) = rest.chars().next() {
            let skipped = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("'\"'") {
                3
            } else if c == '"' {
                let mut escaped = false;
                let end = rest[1..].find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                });
                end.expect("a string ends") + 2
            } else {
                code.push(c);
                c.len_utf8()
            };
            rest = &rest[skipped..];
        }
        code
    }
}

/// Every file of `src/`, the root of the library first.
fn sources() -> Vec<Source> {
    fn collect(folder: &Path, prefix: &str, found: &mut Vec<Source>) {
        for entry in fs::read_dir(folder).expect("a folder of src/ can be read") {
            let path = entry.expect("an entry of a folder can be read").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("file names are Unicode");
            let relative = format!("{prefix}{name}");
            if path.is_dir() {
                collect(&path, &format!("{relative}/"), found);
            } else if name.ends_with(".rs") {
                found.push(Source { path: relative, text: fs::read_to_string(&path).expect("a source is text") });
            }
        }
    }
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut found);
    found.sort_by_key(|source| (source.path != "lib.rs", source.path.clone()));
    assert_eq!(found[0].path, "lib.rs");
    found
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The paths that start at `text`, which follows a `::`; a group in braces gives several.
fn paths(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start();
    if let Some(group) = text.strip_prefix('{') {
        let (mut level, mut start, mut found) = (0, 0, Vec::new());
        for (at, c) in group.char_indices() {
            match c {
                '{' => level += 1,
                '}' if level > 0 => level -= 1,
                ',' | '}' if level == 0 => {
                    found.extend(paths(&group[start..at]));
                    start = at + 1;
                    if c == '}' {
                        break;
                    }
                }
                _ => {}
            }
        }
        return found;
    }
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return Vec::new();
    }
    let tails = rest.strip_prefix("::").map_or(Vec::new(), paths);
    if tails.is_empty() {
        return vec![vec![name.to_owned()]];
    }
    tails.into_iter().map(|tail| std::iter::once(name.to_owned()).chain(tail).collect()).collect()
}

/// What follows each occurrence of a whole word.
fn after_word<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(word).filter_map(move |(at, _)| {
        let rest = &code[at + word.len()..];
        let alone = !code[..at].ends_with(is_name) && !rest.starts_with(is_name);
        alone.then_some(rest)
    })
}

/// The names at the root of the crate, each with the module it comes from.
fn names_at_root(sources: &[Source]) -> HashMap<String, String> {
    let mut names: HashMap<String, String> = HashMap::new();
    for module in LAYERS.iter().copied().flatten() {
        names.insert((*module).to_owned(), (*module).to_owned());
    }
    for source in sources {
        let code = source.code();
        if source.path == "lib.rs" {
            for path in after_word(&code, "use").flat_map(paths) {
                let name = path.last().expect("a path has a name");
                names.entry(name.clone()).or_insert_with(|| path[0].clone());
            }
        }
        for exported in code.split("#[macro_export]").skip(1) {
            let name = exported.trim_start().strip_prefix("macro_rules! ").expect("a macro follows its attribute");
            let name = name.split(|c| !is_name(c)).next().expect("a macro has a name");
            names.insert(name.to_owned(), source.module().to_owned());
        }
    }
    names
}

/// The paths from the root of the crate that a file names, by `crate::`, `$crate::` or `super::`.
fn references(source: &Source, names: &HashMap<String, String>) -> Vec<Vec<String>> {
    let code = source.code();
    let after = |word| after_word(&code, word).filter_map(|rest| rest.strip_prefix("::"));
    let mut found: Vec<Vec<String>> = after("crate").flat_map(paths).collect();
    for path in after("super").flat_map(paths) {
        let climbed = path.iter().take_while(|part| *part == "super").count() + 1;
        let path = &path[climbed - 1..];
        // A module within the file needs one `super` more; what it names is then no name of the root.
        if climbed >= source.depth() && path.first().is_some_and(|name| names.contains_key(name)) {
            found.push(path.to_vec());
        }
    }
    found
}

/// What a file imports that it should not.
fn wrong_imports(source: &Source, names: &HashMap<String, String>) -> Vec<String> {
    let layer = |module: &str| LAYERS.iter().position(|layer| layer.contains(&module));
    let here = source.module();
    // A command is a crate of its own, whose root is not that of the library.
    if here == "lib" || here == "bin" {
        return Vec::new();
    }
    let Some(own_layer) = layer(here) else {
        return vec![format!("{}: the module `{here}` has no layer in this test", source.path)];
    };
    let mut wrong = Vec::new();
    for path in references(source, names) {
        let Some(module) = names.get(&path[0]) else {
            wrong.push(format!("{}: `{}` is no module or name of the root", source.path, path.join("::")));
            continue;
        };
        if module != here && layer(module).is_none_or(|it| it >= own_layer) {
            wrong.push(format!("{}: `{here}` must not import `{}`", source.path, path.join("::")));
        }
    }
    wrong
}

#[test]
fn imports_go_one_way() {
    let sources = sources();
    let names = names_at_root(&sources);
    let wrong: Vec<String> = sources.iter().flat_map(|source| wrong_imports(source, &names)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The reading itself must find something to hold to the order.
    let read: usize = sources.iter().map(|source| references(source, &names).len()).sum();
    assert!(read > 100, "only {read} references were read");
}

#[test]
fn imports_the_wrong_way_are_found() {
    let names = names_at_root(&sources());
    let wrong = |path: &str, text: &str| wrong_imports(&Source::new(path, text), &names).len();
    assert_eq!(wrong("forward/dual.rs", "use crate::number::{Number, Scalar};\nuse crate::rules::Unary;"), 0);
    assert_eq!(wrong("forward/dual.rs", "use crate::reverse::Var;"), 1);
    assert_eq!(wrong("reverse/var.rs", "fn f() { crate::forward::gradient() }"), 1);
    assert_eq!(wrong("reverse/var.rs", "use crate::Dual;"), 1);
    assert_eq!(wrong("reverse/var.rs", "use crate::{Error, number::Scalar, forward::{Dual, DualVec}};"), 2);
    assert_eq!(wrong("reverse/var.rs", "use super::super::forward::Dual;"), 1);
    assert_eq!(wrong("reverse/var.rs", "use super::store;"), 0);
    assert_eq!(wrong("reverse/mod.rs", "use super::forward::Dual;"), 1);
    assert_eq!(wrong("counted.rs", "mod tests { use super::Counted; use super::*; }"), 0);
    assert_eq!(wrong("higher.rs", "use crate::choose::Mode;"), 1);
    assert_eq!(wrong("error.rs", "use crate::scalar::Scalar;"), 1);
    assert_eq!(wrong("model.rs", "macro_rules! m { () => { $crate::compare::modes_agree() } }"), 1);
    assert_eq!(wrong("rules/formulas.rs", "use crate::scalar::Scalar;"), 0);
    assert_eq!(wrong("rules/formulas.rs", "use crate::number::{Number, Scalar};"), 2);
    assert_eq!(wrong("rules/formulas.rs", "// crate::forward\nconst S: &str = \"crate::reverse\";"), 0);
    assert_eq!(wrong("scalar/mod.rs", "use crate::rules::Unary;"), 1);
    assert_eq!(wrong("elsewhere.rs", ""), 1);
    assert_eq!(wrong("compare/zoo/heat.rs", "use crate::train::Layer;\nuse super::points::spread;"), 0);
    assert_eq!(wrong("train/descent.rs", "use crate::compare::zoo;"), 1);
    assert_eq!(wrong("train/descent.rs", "use super::super::compare::zoo;"), 1);
    assert_eq!(wrong("forward/deep/dual.rs", "use super::super::super::reverse::Var;"), 1);
    assert_eq!(wrong("forward/deep/dual.rs", "use super::super::reverse;"), 0);
}

#[test]
fn macros_of_one_module_stay_there() {
    let sources = sources();
    for source in sources.iter().filter(|source| !["functions", "number"].contains(&source.module())) {
        let code = source.code();
        for (at, word) in code.match_indices("macro_rules! ") {
            let name = code[at + word.len()..].split(|c| !is_name(c)).next().expect("a macro has a name");
            if code[..at].trim_end().ends_with("#[macro_export]") {
                continue;
            }
            let others = sources.iter().filter(|other| other.module() != source.module());
            let users: Vec<&str> = others
                .filter(|other| after_word(&other.code(), name).any(|rest| rest.starts_with('!')))
                .map(|other| other.path.as_str())
                .collect();
            assert!(users.is_empty(), "{}: `{name}!` is used in {users:?}: define it in number/", source.path);
        }
    }
    let mut types = 0;
    for source in sources.iter().filter(|source| source.code().contains("Number for ")) {
        assert!(source.code().contains("\nimplement_number!("), "{}: the number type lacks its traits", source.path);
        types += 1;
    }
    assert!(types >= 5, "only {types} number types were found");
}

#[test]
fn unsafe_stays_in_storage_and_sweep() {
    let sources = sources();
    let found: Vec<&str> = sources
        .iter()
        .filter(|source| after_word(&source.code(), "unsafe").next().is_some())
        .map(|source| source.path.as_str())
        .collect();
    assert_eq!(found, UNSAFE, "the files with `unsafe` blocks or functions, and those that may have them");
}

#[test]
fn files_say_what_they_are_for_and_are_short() {
    let mut wrong = Vec::new();
    for Source { path, text } in &sources() {
        let purpose = text.lines().next().and_then(|line| line.strip_prefix("//! "));
        if purpose.is_none_or(|purpose| purpose.len() < 10) {
            wrong.push(format!("{path}: expected a first line `//! what the file is for`"));
        }
        let lines = text.lines().count();
        if lines > LONGEST {
            wrong.push(format!("{path}: {lines} lines, expected at most {LONGEST}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn numbers_of_results_are_serialised_by_name() {
    let mut numbers = 0;
    for Source { path, text } in sources().iter().filter(|source| !source.path.starts_with("compare/report/")) {
        let (mut serialised, mut before) = (false, "");
        for line in text.lines() {
            let line = line.trim();
            if line.starts_with("#[derive(") || line.starts_with("#[cfg_attr(feature = \"serde\", derive(") {
                serialised |= line.contains("Serialize");
            } else if line == "}" {
                serialised = false;
            }
            let is_number = line.starts_with("pub ") && line.contains(": ") && after_word(line, "f64").next().is_some();
            if serialised && is_number && !line.contains("fn ") {
                assert!(before.contains("serialised::serialize"), "{path}: `{line}` would be null where it is NaN");
                numbers += 1;
            }
            before = line;
        }
    }
    assert!(numbers > 30, "only {numbers} numbers of results were found");
}

/// The names of files and folders in the page's map, folders with a slash at their end.
fn on_the_map(page: &str) -> Vec<&str> {
    let map = page.split("```").nth(1).expect("the page has a map");
    let words = map.split(|c: char| !(is_name(c) || "./*".contains(c)));
    words.map(|word| word.trim_end_matches('.')).filter(|word| word.ends_with(".rs") || word.ends_with('/')).collect()
}

#[test]
fn the_page_of_the_architecture_names_every_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/architecture.md")).expect("the page is there");
    let named = on_the_map(&page);
    let mut files: Vec<Vec<String>> = Vec::new();
    let mut folders = vec![root.join("src"), root.join("tests"), root.join("benches")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder can be read") {
            let path = entry.expect("an entry of a folder can be read").path();
            let parts = path.strip_prefix(root).expect("it is below the root").iter();
            let parts: Vec<String> = parts.map(|part| part.to_string_lossy().into_owned()).collect();
            match path.is_dir() {
                true => folders.push(path),
                false if parts[parts.len() - 1].ends_with(".rs") => files.push(parts),
                false => {}
            }
        }
    }
    assert!(files.len() > 150, "only {} files were found", files.len());
    let is_named = |parts: &[String]| match parts {
        [_, file] => named.contains(&&**file),
        [top, folder, file] if top == "src" && folder != "bin" && file != "mod.rs" => {
            named.contains(&&*format!("{folder}/")) && named.contains(&&**file)
        }
        // Of the others the folder is enough.
        [.., folder, _] => named.iter().any(|name| name.split('/').any(|part| part.trim_end_matches(".rs") == folder)),
        _ => false,
    };
    let missing: Vec<String> = files.iter().filter(|parts| !is_named(parts)).map(|parts| parts.join("/")).collect();
    assert!(missing.is_empty(), "docs/architecture.md does not name {missing:?}");
    let is_there = |name: &str| files.iter().any(|parts| parts.join("/").ends_with(name));
    let gone: Vec<&&str> = named.iter().filter(|name| name.ends_with(".rs") && !is_there(name)).collect();
    assert!(gone.is_empty(), "docs/architecture.md names {gone:?}, which are not there");
}

/// A newcomer finds what the table of questions names.
#[test]
fn what_a_newcomer_looks_for_is_where_the_page_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/architecture.md")).expect("the page is there");
    let (_, table) = page.split_once("## Where is …?").expect("the page has a table of questions");
    let rows: Vec<&str> = table.trim_start().lines().take_while(|line| line.starts_with('|')).skip(2).collect();
    assert!(rows.len() >= 20, "{} questions", rows.len());
    for row in rows {
        let files: Vec<&str> = row.split('`').filter(|part| part.ends_with(".rs")).collect();
        assert!(!files.is_empty(), "{row}");
        for file in files {
            assert!(root.join("src").join(file).is_file(), "{file}");
        }
    }
}

/// The number types that the crate's front page lists; those that are not serialised are named there.
#[test]
fn the_front_page_says_which_numbers_are_serialised() {
    let sources = sources();
    let page = &sources[0].text;
    let feature = page.lines().find(|line| line.starts_with("//! | `serde`")).expect("the feature is described");
    let rows = page.lines().skip_while(|line| *line != "//! # Numbers").take_while(|line| *line != "//! # Operators");
    let types = rows.filter_map(|line| line.strip_prefix("//! | [`")?.split_once('<')).map(|(path, _)| path);
    let types: Vec<&str> = types.collect();
    assert_eq!(types.len(), 10, "{types:?}");
    for path in types {
        let name = path.rsplit("::").next().expect("a name");
        let declared = format!("pub struct {name}<");
        let source = sources.iter().find(|source| source.text.contains(&declared)).expect("the type is declared");
        let is_serialised = source.text.contains("Serialize");
        assert_ne!(is_serialised, feature.contains(&format!("`{path}`")), "{path}: {feature}");
    }
}

#[test]
fn the_readme_counts_the_points_of_the_tables() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a text of the repository");
    let tables = ["unary", "binary", "special"].map(|name| read(&format!("tests/data/{name}.csv")).lines().count() - 1);
    let points = tables.iter().sum::<usize>();
    let said = format!("at the {},{:03} points of tables", points / 1000, points % 1000);
    assert!(read("README.md").contains(&said), "{said}");
}

/// What `docs/how-it-works.md` shows of adding a function stands in the files that it names.
#[test]
fn the_shown_change_was_made() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a text of the repository");
    let page = read("docs/how-it-works.md");
    let (_, change) = page.split_once("```diff\n").expect("the page shows a change");
    let (change, _) = change.split_once("```").expect("a block ends");
    let (mut file, mut lines) = (String::new(), 0);
    for line in change.lines() {
        match line.strip_prefix("--- a/") {
            Some(name) => file = read(name),
            None => {
                let added = line.strip_prefix('+').expect("the change only adds");
                assert!(file.lines().any(|it| it == added), "{added}");
                lines += 1;
            }
        }
    }
    assert_eq!(lines, 5);
}

/// What decides by a value leaves a guard in a recording, which `peek` does not.
#[test]
fn values_are_peeked_at_where_nothing_is_recorded() {
    const KNOWN: [(&str, &str); 13] = [
        ("compare/differences.rs", "floats and counted ones"),
        ("dynamic.rs", "a recording at the point, whose comparisons are made again"),
        ("forward/taylor/powers.rs", "a constant, where nothing records"),
        ("graph/evaluate.rs", "a graph's own numbers"),
        ("graph/formula.rs", "a graph's own numbers"),
        ("graph/recorder.rs", "constants"),
        ("number/serialised.rs", "floats"),
        ("program/slp/run.rs", "an iterator"),
        ("reverse/sparing.rs", "constants"),
        ("reverse/tape.rs", "where nothing records"),
        ("rules/formulas.rs", "where nothing records"),
        ("scalar/lists.rs", "where nothing records"),
        ("scalar/mod.rs", "constants, messages, and where nothing records"),
    ];
    let sources = sources();
    let peeking: Vec<&str> =
        sources.iter().filter(|source| source.code().contains(".peek()")).map(|source| source.path.as_str()).collect();
    for path in &peeking {
        let is_known = KNOWN.iter().any(|(known, _)| known == path);
        assert!(is_known, "{path}: decide by `value_less`, `value_equal` or `primal`, which leave guards");
    }
    assert_eq!(peeking.len(), KNOWN.len(), "{peeking:?}");
}

/// The code of the README compiles with what its `Cargo.toml` names: beside the library, in a few examples, the crate that the
/// text speaks of.
#[test]
fn the_readme_needs_no_other_crates() {
    let readme = include_str!("../README.md");
    let blocks: Vec<&str> = readme.split("```rust\n").skip(1).map(|it| it.split("```").next().unwrap_or("")).collect();
    assert!(blocks.len() > 5);
    let mut others = Vec::new();
    for block in blocks {
        let roots = block.lines().filter_map(|line| line.trim_start_matches("# ").trim_start().strip_prefix("use "));
        let roots = roots.map(|path| path.split([':', ';']).next().unwrap_or(path));
        others.extend(roots.filter(|root| !["dualtape", "std"].contains(root)));
        for known in ["nalgebra::", "num_traits::", "approx::", "simba::", "ndarray::"] {
            let alone = block.match_indices(known).filter(|&(at, _)| !block[..at].ends_with("dualtape::"));
            assert_eq!(alone.count(), 0, "{known} in\n{block}");
        }
    }
    others.dedup();
    assert_eq!(others, ["quickcheck", "argmin"]);
}
