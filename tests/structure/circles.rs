//! Files do not import each other in circles, so that each can be read after those that it imports.

use super::{Source, after_word, paths, sources};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

/// The folder whose files may form circles until its redesign, which gives its passes new borders.
const EXCLUDED: &str = "program/";

/// For each file the files that it imports, and what it takes from them.
type Imports<'a> = BTreeMap<&'a str, BTreeMap<&'a str, BTreeSet<String>>>;

/// A file as a module.
struct Module<'a> {
    path: &'a str,
    /// Its code without tests and declarations by `use` and `mod`.
    code: String,
    uses: Vec<Use>,
}

/// What a module imports.
struct Use {
    /// By which name.
    name: String,
    path: Vec<String>,
    is_exported: bool,
}

/// The modules by their paths from the root of the crate.
struct Modules<'a>(HashMap<Vec<String>, Module<'a>>);

/// Where a file stands in the tree of modules.
fn place(path: &str) -> Vec<String> {
    let parts = path.trim_end_matches(".rs").split('/');
    parts.filter(|part| !["mod", "lib"].contains(part)).map(str::to_owned).collect()
}

/// The code without the modules of tests; in other modules within the file `super` is `self`.
fn without_inner_modules(code: &str) -> String {
    let (mut kept, mut ends, mut tests) = (String::new(), Vec::new(), None);
    let mut before = "";
    for line in code.lines() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let mut words = line.split_whitespace();
        let is_module =
            words.next().is_some_and(|it| it == "mod" || it.starts_with("pub") && words.next() == Some("mod"));
        if is_module && line.ends_with('{') {
            ends.push(format!("{indent}}}"));
            if before.trim().starts_with("#[cfg(") && after_word(before, "test").next().is_some() {
                tests.get_or_insert(ends.len());
            }
        }
        if tests.is_none() && !(line.ends_with(';') && is_module) {
            let mut line = line.to_owned();
            for _ in &ends {
                line = line.replace("super::super::", "\0").replace("super::", "self::").replace('\0', "super::");
            }
            kept += &line;
            kept.push('\n');
        }
        if ends.last().is_some_and(|end| end == line) {
            tests = tests.filter(|&level| level < ends.len());
            ends.pop();
        }
        before = line;
    }
    kept
}

impl<'a> Module<'a> {
    fn new(source: &'a Source) -> Self {
        let (mut code, mut uses) = (String::new(), Vec::new());
        // How far something is visible is no import.
        let text = without_inner_modules(&source.code()).replace("pub(in crate::", "pub(in ");
        let mut rest = text.as_str();
        while let Some(declaration) = after_word(rest, "use").next() {
            let at = rest.len() - declaration.len() - "use".len();
            let end = declaration.find(';').expect("a declaration ends");
            let line = rest[..at].rsplit('\n').next().expect("a line");
            for mut path in paths(&declaration[..end]) {
                if path.last().is_some_and(|name| name == "self") {
                    path.pop();
                }
                let name = path.last().expect("a path has a name").clone();
                // A module within the file takes names from around it.
                if path.len() == 2 && path[0] == "self" {
                    continue;
                }
                uses.push(Use { name, path, is_exported: line.contains("pub") });
            }
            code += &rest[..at];
            rest = &declaration[end..];
        }
        code += rest;
        Self { path: &source.path, code, uses }
    }
}

impl<'a> Modules<'a> {
    fn new(sources: &'a [Source]) -> Self {
        let read = sources.iter().filter(|source| source.module() != "bin" && !source.path.starts_with(EXCLUDED));
        Self(read.map(|source| (place(&source.path), Module::new(source))).collect())
    }

    /// The file that defines what a path names in a module, and by which name: re-exports are followed.
    fn definition(&self, place: &[String], path: &[String]) -> Option<(&'a str, String)> {
        let (mut place, mut path, mut is_within) = (place.to_vec(), path, false);
        while let [first, rest @ ..] = path {
            match first.as_str() {
                "crate" => place.clear(),
                "super" => drop(place.pop()),
                "self" => {}
                _ => break,
            }
            (path, is_within) = (rest, true);
        }
        let module = self.0.get(&place)?;
        let [name, rest @ ..] = path else { return Some((module.path, "self".to_owned())) };
        let imported = module.uses.iter().find(|it| it.name == *name && it.path.len() > 1);
        let child = [&place[..], std::slice::from_ref(name)].concat();
        if self.0.contains_key(&child) && (imported.is_none() || !rest.is_empty()) {
            return self.definition(&child, &[&["self".to_owned()], rest].concat());
        }
        if let Some(import) = imported {
            return self.definition(&place, &[&import.path, rest].concat());
        }
        is_within.then(|| (module.path, name.clone()))
    }

    /// The paths that a module names.
    fn references(&self, place: &[String], module: &Module) -> Vec<Vec<String>> {
        let code = module.code.as_str();
        let mentioned = |name: &str| after_word(code, name).next().is_some();
        let used = module.uses.iter().filter(|it| !it.is_exported || mentioned(&it.name));
        let mut found: Vec<Vec<String>> = used.map(|it| it.path.clone()).collect();
        let below = self.0.keys().filter(|it| it.split_last().is_some_and(|(_, above)| above == place));
        let heads = ["crate", "super", "self"].into_iter().chain(module.uses.iter().map(|it| it.name.as_str()));
        for head in heads.chain(below.map(|it| it[it.len() - 1].as_str())) {
            for rest in after_word(code, head).filter_map(|rest| rest.strip_prefix("::")) {
                found.extend(paths(rest).into_iter().map(|tail| [vec![head.to_owned()], tail].concat()));
            }
        }
        found
    }

    fn imports(&self) -> Imports<'a> {
        let mut imports: Imports = BTreeMap::new();
        for (place, module) in &self.0 {
            let taken = imports.entry(module.path).or_default();
            for path in self.references(place, module) {
                if let Some((other, name)) = self.definition(place, &path).filter(|(other, _)| *other != module.path) {
                    taken.entry(other).or_default().insert(name);
                }
            }
        }
        imports
    }
}

/// The shortest way from a file back to it.
fn circle<'a>(imports: &Imports<'a>, start: &'a str) -> Option<Vec<&'a str>> {
    let (mut came_from, mut waiting) = (HashMap::new(), VecDeque::from([start]));
    while let Some(file) = waiting.pop_front() {
        for &other in imports[file].keys() {
            if other == start {
                let mut circle = vec![start, file];
                while circle[circle.len() - 1] != start {
                    circle.push(came_from[circle[circle.len() - 1]]);
                }
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(other) {
                came_from.insert(other, file);
                waiting.push_back(other);
            }
        }
    }
    None
}

/// The circles, each with the names that lead around it.
fn circles(sources: &[Source]) -> Vec<String> {
    let imports = Modules::new(sources).imports();
    let (mut told, mut found) = (HashSet::new(), Vec::new());
    for &start in imports.keys() {
        let circle = circle(&imports, start).filter(|circle| !circle.iter().any(|file| told.contains(file)));
        if let Some(circle) = circle {
            let mut text = start.to_owned();
            for pair in circle.windows(2) {
                let names: Vec<&str> = imports[pair[0]][pair[1]].iter().map(String::as_str).collect();
                text += &format!(" → {} ({})", pair[1], names.join(", "));
            }
            found.push(text);
            told.extend(circle);
        }
    }
    found
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let sources = sources();
    let circles = circles(&sources);
    assert!(circles.is_empty(), "{}", circles.join("\n"));
    // The reading itself must find something to hold to this.
    let read: usize = Modules::new(&sources).imports().values().map(BTreeMap::len).sum();
    assert!(read > 500, "only {read} imports were read");
}

#[test]
fn circles_are_found() {
    let of = |files: &[(&str, &str)]| {
        let files = files.iter().chain([&("lib.rs", "")]);
        circles(&files.map(|(path, text)| Source::new(path, text)).collect::<Vec<_>>())
    };
    let none: [&str; 0] = [];
    let pair = |b: &str, c: &str| of(&[("a/mod.rs", "mod b;\nmod c;"), ("a/b.rs", b), ("a/c.rs", c)]);
    assert_eq!(pair("use super::c::{C, D};", "use super::b::B;"), ["a/b.rs → a/c.rs (C, D) → a/b.rs (B)"]);
    assert_eq!(
        pair("use crate::a::c;\nfn f() { c::f() }", "f(super::b::X)"),
        ["a/b.rs → a/c.rs (f, self) → a/b.rs (X)"]
    );
    assert_eq!(pair("use super::c::C;", "struct C;"), none);
    assert_eq!(pair("use super::c::C;", "// super::b\nconst S: &str = \"super::b::B\";"), none);
    assert_eq!(pair("use super::c::C;", "#[cfg(all(test, unix))]\nmod tests {\n    use crate::a::b::B;\n}"), none);
    assert_eq!(pair("use super::c::C;", "pub(in crate::a) struct C;\nuse std::b::B;"), none);
    // In a module within the file, the first `super` is the file.
    assert_eq!(pair("use super::c::C;", "struct B;\nmod inner {\n    use super::B;\n}"), none);
    assert_eq!(pair("use super::c::C;", "mod inner {\n    use super::super::b::B;\n}").len(), 1);
    let ring = [("x.rs", "use crate::y::Y;"), ("y.rs", "use crate::z::Z;"), ("z.rs", "use crate::x::X;")];
    assert_eq!(of(&ring), ["x.rs → y.rs (Y) → z.rs (Z) → x.rs (X)"]);
    assert_eq!(of(&ring[1..]), none);

    // What `mod.rs` hands on belongs to the file that defines it, also where a module has the same name.
    let through = |top: &str, b: &str, c: &str| of(&[("a/mod.rs", top), ("a/b.rs", b), ("a/c.rs", c)]);
    let hands_on = "pub use b::{B, b};\npub use c::C;";
    assert_eq!(through(hands_on, "use super::C;", "use super::b;"), ["a/b.rs → a/c.rs (C) → a/b.rs (b)"]);
    assert_eq!(through(hands_on, "use super::C;", "use crate::a::B;"), ["a/b.rs → a/c.rs (C) → a/b.rs (B)"]);
    assert_eq!(through("pub use b::B;\npub struct A;", "use super::A;", ""), none);
    let used = "pub use b::B;\npub struct A(B);";
    assert_eq!(through(used, "use super::A;", ""), ["a/b.rs → a/mod.rs (A) → a/b.rs (B)"]);
    assert_eq!(through("mod b;\nfn f() { b::g() }", "use super::f;", "").len(), 1);

    let excluded = [("program/mod.rs", ""), ("program/x.rs", "use super::y::Y;"), ("program/y.rs", "use super::x::X;")];
    assert_eq!(of(&excluded), none);
}
