#!/usr/bin/env bash
# Draws every picture of the documentation anew.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --locked --release --features cli
dualtape() { "${CARGO_TARGET_DIR:-target}/release/dualtape" "$@"; }
draw() { dualtape explain "$2" --at "$3" --svg "docs/course/$1.svg" > /dev/null; }

draw 1-chain-rule '(1 + 4*x)^2' x=2
draw 2-graph '(a + 2*b)*c' a=3,b=1,c=-2
draw 3-branches '(a + b)*(b + 1)' a=2,b=3
draw 4-neuron '1/(1 + exp(-(w*x + b)))' w=0.5,x=2,b=-1
draw 5-vectors '4*(w11*x1 + w12*x2) + 3*(w21*x1 + w22*x2)' w11=1,w12=2,w21=4,w22=5,x1=1,x2=-1
draw 6-algorithm '(p1*x1 + p2*x2 - y)^2' p1=1,p2=-1,x1=2,x2=3,y=4
draw 7-descent '(w*x - y)^2' w=1,x=2,y=1
dualtape compare --plot docs/cost.svg > /dev/null
