//! A graph as text for a terminal: from the output down, each operand below the operation that uses it.

use super::formula::rounded;
use super::graph::{Graph, Step};

impl Graph<f64> {
    /// The graph as a tree of lines, from an output to its inputs: formula, value, δ, and before each operand its local
    /// derivative, all to about six digits. A node that is used again is named, and not written out again.
    ///
    /// # Panics
    ///
    /// If there is no such output.
    #[must_use]
    pub fn tree(&self, output: usize) -> String {
        let trace = self.trace(output, None);
        let short = |x| rounded(x, 6);
        let mut text = String::new();
        let mut written = vec![false; self.nodes.len()];
        // The node, the rails before it, what leads to it, and the rails before what is below it.
        let mut open = vec![(trace.output, String::new(), String::new())];
        while let Some((node, lead, below)) = open.pop() {
            let row = &trace.rows[node as usize];
            let again = std::mem::replace(&mut written[node as usize], true);
            let what = match self.nodes[node as usize].step {
                Step::Constant => short(row.value),
                _ if again => format!("{} (above)", row.name),
                Step::Input(_) => format!("{} = {}   δ = {}", row.name, short(row.value), short(row.adjoint)),
                _ => {
                    let (value, delta) = (short(row.value), short(row.adjoint));
                    format!("{} = {} = {value}   δ = {delta}", row.name, row.formula)
                }
            };
            text += &format!("{lead}{what}\n");
            if again {
                continue;
            }
            let last = row.partials.len().saturating_sub(1);
            for (at, local) in row.partials.iter().enumerate().rev() {
                let (branch, rail) = if at == last { ("└", "   ") } else { ("├", "│  ") };
                let lead = format!("{below}{branch}─[{}]─ ", short(local.value));
                open.push((local.operand, lead, format!("{below}{rail}")));
            }
        }
        text
    }
}
