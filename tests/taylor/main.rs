//! Taylor series: against nesting, against exact series, and what they cost.

mod curves;
mod growth;
mod jets;
mod nesting;
mod series;
