//! A graph as a picture, as on a lecturer's board: values in the nodes, local derivatives on the edges, adjoints in a
//! second colour.

use super::explain::TraceRow;
use super::formula::rounded;
use super::graph::{Graph, Step};
use layout::core::base::Orientation;
use layout::core::format::{ClipHandle, RenderBackend};
use layout::core::geometry::Point;
use layout::core::style::StyleAttr;
use layout::std_shapes::shapes::{Arrow, Element, ShapeKind};
use layout::topo::layout::VisualGraph;
use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

/// A graph with more nodes than a picture can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooLarge {
    /// How many nodes it has.
    pub found: usize,
    /// How many a picture shows at most.
    pub most: usize,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the graph has {} nodes, a picture shows at most {}", self.found, self.most)
    }
}

impl std::error::Error for TooLarge {}

/// How many nodes a picture shows.
const MOST: usize = 150;

const STYLE: &str = "
.graph { font-family: system-ui, sans-serif; font-size: 14px; --paper: #ffffff; --ink: #1c2024; --line: #5f6870; --delta: #b3003c; --partial: #0062a8; }
@media (prefers-color-scheme: dark) { .graph { --paper: #14171a; --ink: #e8eaed; --line: #a9b1b8; --delta: #ff8fab; --partial: #6db8f2; } }
@media print { .graph { --paper: #ffffff; --ink: #000000; --line: #5f6870; --delta: #b3003c; --partial: #0062a8; } }
.graph rect { fill: var(--paper); stroke: var(--line); stroke-width: 1.5; }
.graph text { fill: var(--ink); text-anchor: middle; }
.graph .name { font-weight: 600; }
.graph .delta { fill: var(--delta); }
.graph path { fill: none; stroke: var(--line); stroke-width: 1.5; }
.graph marker path { fill: var(--line); stroke: none; }
.graph .partial { fill: var(--partial); font-size: 12px; paint-order: stroke; stroke: var(--paper); stroke-width: 5px; }
";

/// What stands in names and formulas, safe inside an element.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// About four digits.
fn short(x: f64) -> String {
    rounded(x, 4)
}

/// The lines of a node: what it is, its value, δ; nothing where that says no more.
fn lines(row: &TraceRow, step: &Step) -> [String; 3] {
    let (name, value, delta) = (&row.name, short(row.value), format!("δ = {}", short(row.adjoint)));
    match step {
        Step::Constant => [String::new(), value, String::new()],
        Step::Input(_) => [name.clone(), value, delta],
        _ => {
            let formula = match row.formula.char_indices().nth(28) {
                Some((end, _)) => format!("{}…", &row.formula[..end]),
                None => row.formula.clone(),
            };
            [format!("{name} = {formula}"), value, delta]
        }
    }
}

impl Graph<f64> {
    /// The graph as SVG, from left to right, for an output. Nodes and edges carry their positions as `data-` attributes.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] if it has more than 150 nodes.
    ///
    /// # Panics
    ///
    /// If there is no such output.
    pub fn svg(&self, output: usize) -> Result<String, TooLarge> {
        if self.nodes.len() > MOST {
            return Err(TooLarge { found: self.nodes.len(), most: MOST });
        }
        let trace = self.trace(output, None);
        let labels: Vec<[String; 3]> =
            trace.rows.iter().map(|row| lines(row, &self.nodes[row.node as usize].step)).collect();
        let mut layout = VisualGraph::new(Orientation::LeftToRight);
        let mut handles = Vec::with_capacity(labels.len());
        for (at, label) in labels.iter().enumerate() {
            let longest = label.iter().map(|line| line.chars().count()).max().unwrap_or(0);
            let size = Point::new(8.0 * longest as f64 + 24.0, 68.0);
            let (shape, look) = (ShapeKind::new_box(""), StyleAttr::simple());
            let element = Element::create_with_properties(shape, look, Orientation::LeftToRight, size, format!("{at}"));
            handles.push(layout.add_node(element));
        }
        // Two operands that are the same node are one edge.
        let mut edges: BTreeMap<(u32, u32), Vec<f64>> = BTreeMap::new();
        for row in &trace.rows {
            for local in &row.partials {
                edges.entry((local.operand, row.node)).or_default().push(local.value);
            }
        }
        for (&(from, to), partials) in &edges {
            let label: Vec<String> = partials.iter().map(|&partial| short(partial)).collect();
            let properties = format!("{from} {to} {}", label.join(" + "));
            layout.add_edge(
                Arrow::simple_with_properties("", properties),
                handles[from as usize],
                handles[to as usize],
            );
        }
        let mut picture =
            Picture { labels: &labels, nodes: String::new(), edges: String::new(), corner: Point::zero() };
        layout.do_it(false, false, false, &mut picture);
        Ok(picture.finish(&self.name(trace.output)))
    }
}

/// What the layout draws on.
struct Picture<'a> {
    labels: &'a [[String; 3]],
    nodes: String,
    edges: String,
    corner: Point,
}

impl Picture<'_> {
    fn reach(&mut self, point: Point) {
        self.corner = Point::new(self.corner.x.max(point.x), self.corner.y.max(point.y));
    }

    fn finish(self, output: &str) -> String {
        let (width, height) = (self.corner.x + 12.0, self.corner.y + 12.0);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph\" viewBox=\"0 0 {width:.0} {height:.0}\" \
             width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-label=\"Computation graph of {}\">\n<style>{STYLE}\
             </style>\n<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"11\" \
             markerHeight=\"11\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n{}{}</svg>\n",
            escaped(output),
            self.edges,
            self.nodes
        )
    }
}

impl RenderBackend for Picture<'_> {
    fn draw_rect(
        &mut self,
        xy: Point,
        size: Point,
        _look: &StyleAttr,
        properties: Option<String>,
        _clip: Option<ClipHandle>,
    ) {
        self.reach(Point::new(xy.x + size.x, xy.y + size.y));
        let Some(node) = properties.and_then(|properties| properties.parse::<usize>().ok()) else { return };
        // Writing into a string does not fail.
        let _ = write!(
            self.nodes,
            "<g class=\"node\" data-node=\"{node}\"><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"8\"/>",
            xy.x, xy.y, size.x, size.y
        );
        let shown = self.labels[node].iter().filter(|line| !line.is_empty()).count() as f64;
        let mut y = xy.y + size.y / 2.0 - (shown - 1.0) * 10.0 + 5.0;
        for (line, class) in self.labels[node].iter().zip(["name", "value", "delta"]) {
            if !line.is_empty() {
                let x = xy.x + size.x / 2.0;
                let _ =
                    write!(self.nodes, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(line));
                y += 20.0;
            }
        }
        self.nodes += "</g>\n";
    }

    fn draw_arrow(
        &mut self,
        path: &[(Point, Point)],
        _dashed: bool,
        _head: (bool, bool),
        _look: &StyleAttr,
        properties: Option<String>,
        _text: &str,
    ) {
        let Some(properties) = properties else { return };
        let [from, to, label] = properties.splitn(3, ' ').collect::<Vec<_>>()[..] else { return };
        // The first pair is a point and its control point, the others are control point and point.
        let [(start, first), (second, end), rest @ ..] = path else { return };
        let mut line = format!(
            "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
            start.x, start.y, first.x, first.y, second.x, second.y, end.x, end.y
        );
        for (control, point) in rest {
            let _ = write!(line, "S{:.1} {:.1} {:.1} {:.1}", control.x, control.y, point.x, point.y);
        }
        // The middle of the first piece of the curve.
        let middle = |a: f64, b: f64, c: f64, d: f64| (a + 3.0 * b + 3.0 * c + d) / 8.0;
        let x = middle(start.x, first.x, second.x, end.x);
        let y = middle(start.y, first.y, second.y, end.y);
        let _ = writeln!(
            self.edges,
            "<g class=\"edge\" data-from=\"{from}\" data-to=\"{to}\"><path d=\"{line}\" marker-end=\"url(#head)\"/><text \
             class=\"partial\" x=\"{x:.1}\" y=\"{:.1}\">{}</text></g>",
            y - 4.0,
            escaped(label)
        );
        for &(a, b) in path {
            self.reach(a);
            self.reach(b);
        }
    }

    fn draw_line(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_circle(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_text(&mut self, _: Point, _: &str, _: &StyleAttr) {}

    fn create_clip(&mut self, _: Point, _: Point, _: usize) -> ClipHandle {
        0
    }
}
