//! What the compiler says to the mistakes that a new user makes: it must say what to do.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use std::{env, fs};

/// The newest of the library's builds, beside which this test lies.
fn library() -> PathBuf {
    let here = env::current_exe().expect("a test has a path");
    let built = here.parent().expect("it lies in a folder");
    let is_library = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("libdualtape-") && name.ends_with(".rlib")
    };
    let newest = |path: &PathBuf| fs::metadata(path).and_then(|it| it.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let files = fs::read_dir(built).expect("the folder can be read").filter_map(|it| Some(it.ok()?.path()));
    files.filter(is_library).max_by_key(newest).expect("the library was built for this test")
}

/// What the compiler says of a program with these lines in its `main`.
fn said(library: &Path, folder: &Path, lines: &str) -> String {
    let program = format!(
        "use dualtape::*;\nuse dualtape::num_traits::Float;\n\
         fn product<T: Float>(x: &[T]) -> T {{ x[0] * x[1] }}\nfn main() {{\n{lines}\n}}\n"
    );
    let file = folder.join("main.rs");
    fs::write(&file, program).expect("a temporary file");
    let mut compiler = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    compiler.args(["--edition", "2024", "--emit", "metadata", "--out-dir"]).arg(folder).arg(&file);
    compiler.arg("--extern").arg(format!("dualtape={}", library.display()));
    compiler.arg("-L").arg(format!("dependency={}", library.parent().expect("a folder").display()));
    let output = compiler.output().expect("there is a compiler");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.success(), text.is_empty() || !text.contains("error"), "{text}");
    text
}

/// Mistakes, each with what the message must contain.
const MISTAKES: &[(&str, &[&str])] = &[
    // A closure where a model belongs.
    (
        "gradient(&|x: &[f64]| x[0] * x[1], &[3.0, 5.0]);",
        &["is not a `Model`", "wrap a generic function by `model!(f)`", "it goes to `forward::gradient`"],
    ),
    // A function itself.
    ("gradient(&product::<f64>, &[3.0, 5.0]);", &["is not a `Model`", "`model!(f)`"]),
    // A function of f64.
    (
        "fn of_floats(x: &[f64]) -> f64 { x[0] }\nmodel!(of_floats);",
        &["when it is generic over the number type: `fn f<T: Float>(x: &[T]) -> T`"],
    ),
    // One output asked for, several there.
    (
        "gradient(&model!(|x| -> Vec<_> { vec![x[0], x[1]] }), &[3.0, 5.0]);",
        &["expected a model with one output", "`jacobian(&model, &x)`"],
    ),
    // A captured variable without its type; inputs with one.
    (
        "let scale = 2.0;\nmodel!(|x, scale| scale * x[0]);",
        &["expected a name for the inputs, without a type", "scale: f64"],
    ),
    ("model!(|x: &[f64]| x[0]);", &["expected a name for the inputs, without a type"]),
    // A shape that is none.
    (
        "struct S;\nimpl Model for S {\ntype Outputs = Vec<f64>;\nfn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> { x.to_vec() }\n}",
        &["`Vec<f64>` is no shape of a model's outputs", "`Many` where it returns a `Vec<T>`"],
    ),
    // Data that cannot be copied.
    (
        "let data = vec![1.0];\nmodel!(|x, data: Vec<f64>| data[0] * x[0]);",
        &["captures references and whatever else is `Copy`", "`Vec<f64>` is not", "capture a reference"],
    ),
    // What no model returns.
    (
        "fn pair<T: Float>(x: &[T]) -> (T, T) { (x[0], x[1]) }\nmodel!(pair);",
        &["a model cannot return `(", "several in a `Vec`"],
    ),
    ("model!(3.0);", &["model!: expected a generic function, model!(f)"]),
];

#[test]
fn the_compiler_says_what_to_do() {
    let (library, folder) = (library(), tempfile::tempdir().expect("a temporary folder"));
    let fine = said(&library, folder.path(), "assert_eq!(gradient(&model!(product), &[3.0, 5.0]).0, 15.0);");
    assert_eq!(fine, "", "what is right compiles");
    for (lines, expected) in MISTAKES {
        let text = said(&library, folder.path(), lines);
        for part in *expected {
            assert!(text.contains(part), "{lines}\n\nexpected {part:?} in\n\n{text}");
        }
    }
}
