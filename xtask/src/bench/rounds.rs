//! The tools of one table, run in turn.

use std::time::Duration;

use super::measure::{self, Sample};
use super::peers::{Case, Tool};
use super::plan;
use super::table::Row;
use crate::util::Result;

/// A tool with what it is measured on.
pub struct Entrant<'a> {
    pub tool: &'a Tool,
    pub case: &'a Case<'a>,
    /// About how long it takes.
    pub time: Duration,
}

/// How often to measure, and how.
pub struct Rounds {
    /// Runs of each tool, if that is not to follow from its time.
    pub fixed: Option<usize>,
    /// How long a tool may run in all, beyond the fewest runs that make a median.
    pub budget: Duration,
    pub cold: bool,
}

impl Rounds {
    /// A row for each entrant, and what was wrong with its exit codes.
    pub fn measure(&self, entrants: &[Entrant]) -> Result<(Vec<Row>, Vec<String>)> {
        let times: Vec<_> = entrants.iter().map(|entrant| entrant.time).collect();
        let counts = match self.fixed {
            Some(fixed) => vec![fixed; times.len()],
            None => plan::counts(&times, self.budget),
        };
        let seconds: f64 = times.iter().zip(&counts).map(|(time, n)| time.as_secs_f64() * *n as f64).sum();
        eprintln!("measuring {} tools, about {:.0} s", entrants.len(), seconds.ceil());
        let new_row = |entrant: &Entrant| Row { name: entrant.tool.name.clone(), samples: Vec::new() };
        let mut rows: Vec<_> = entrants.iter().map(new_row).collect();
        let mut wrong = Vec::new();
        for index in plan::turns(&counts) {
            let Entrant { tool, case, .. } = &entrants[index];
            let mut command = tool.command(case, false)?;
            if self.cold {
                measure::drop_caches()?;
            }
            let sample = measure::run(&mut command, None)?;
            let same = rows[index].samples.first().is_none_or(|first| first.code == sample.code);
            if !same || !exit_code_is_right(&sample, case) {
                wrong.push(format!("{}: exit code {}", tool.name, sample.code));
            }
            rows[index].samples.push(sample);
        }
        Ok((rows, wrong))
    }
}

/// A complete corpus must end with 0; what another one ends with was judged by its output.
fn exit_code_is_right(sample: &Sample, case: &Case) -> bool {
    let complete = case.corpus.present() == case.corpus.entries;
    if complete { sample.code == 0 } else { sample.code < 2 }
}
