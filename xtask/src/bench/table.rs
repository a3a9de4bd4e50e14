//! What a bench prints: tables in Markdown, and what machine they are from.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::measure::Sample;
use super::plan::Part;
use crate::util::cores;

/// Bytes of a MiB.
pub const MIB: f64 = 1024.0 * 1024.0;

/// What was measured of one part of a bench, checksig first.
pub struct Table {
    pub part: Part,
    pub rows: Vec<Row>,
}

impl Table {
    /// The row of that name.
    pub fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }
}

/// All runs of one tool on one list.
pub struct Row {
    pub name: String,
    pub samples: Vec<Sample>,
}

impl Row {
    /// Median of the wall times.
    pub fn wall(&self) -> Duration {
        median(self.samples.iter().map(|sample| sample.wall))
    }

    /// The longest of the wall times.
    pub fn worst(&self) -> Duration {
        self.samples.iter().map(|sample| sample.wall).max().unwrap_or_default()
    }

    fn best(&self) -> Duration {
        self.samples.iter().map(|sample| sample.wall).min().unwrap_or_default()
    }

    /// Largest peak of memory of any run, in bytes.
    pub fn peak(&self) -> u64 {
        self.samples.iter().map(|sample| sample.peak).max().unwrap_or(0)
    }

    /// How many times as long as the other it takes.
    pub fn ratio(&self, other: &Self) -> f64 {
        self.wall().as_secs_f64() / other.wall().as_secs_f64()
    }

    /// The least that a checker can take: a core first reads, then hashes what it has read. Where there are more cores
    /// than files one core can read what another one hashes: then it is the longer of the two.
    pub fn floor(reading: &Self, hashing: &Self, files: usize) -> Self {
        let both = reading.samples.iter().zip(&hashing.samples).map(|(read, hash)| Sample {
            wall: if files < cores() { read.wall.max(hash.wall) } else { read.wall + hash.wall },
            processor: read.processor + hash.processor,
            peak: read.peak.max(hash.peak),
            code: 0,
        });
        Self { name: FLOOR.to_owned(), samples: both.collect() }
    }
}

/// What the table calls the floor.
pub const FLOOR: &str = "**floor**: the two together";

/// A table of times, each beside that of checksig, which is the first row, and beside the floor, if it has one.
pub fn print(title: &str, table: &Table) {
    println!("\n### {title}\n");
    println!(
        "| tool | runs | median s | best s | processor s | peak MiB | time / checksig's | time / floor |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    let floor = table.row(FLOOR);
    for row in &table.rows {
        println!(
            "| {} | {} | {} | {} | {} | {:.1} | {:.2} | {} |",
            row.name,
            row.samples.len(),
            seconds(row.wall()),
            seconds(row.best()),
            seconds(median(row.samples.iter().map(|sample| sample.processor))),
            row.peak() as f64 / MIB,
            row.ratio(&table.rows[0]),
            floor.map_or_else(|| "–".into(), |floor| format!("{:.2}", row.ratio(floor))),
        );
    }
}

/// How long a file takes in the shorter and in the longer list: the rows, each with its number of files. Returns how
/// many times as long it takes in the longer one.
pub fn print_scaling(title: &str, rows: [(&Row, usize); 2]) -> f64 {
    let per_file = |(row, files): (&Row, usize)| row.wall().as_secs_f64() * 1e6 / files as f64;
    println!("\n### {title}\n");
    println!("| list | runs | median s | best s | peak MiB | µs a file | ratio |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for (row, files) in rows {
        println!(
            "| {} | {} | {} | {} | {:.1} | {:.2} | {:.2} |",
            row.name,
            row.samples.len(),
            seconds(row.wall()),
            seconds(row.best()),
            row.peak() as f64 / MIB,
            per_file((row, files)),
            per_file((row, files)) / per_file(rows[0]),
        );
    }
    per_file(rows[1]) / per_file(rows[0])
}

/// Calls and what they take.
pub fn print_calls(title: &str, calls: &[(String, f64)]) {
    println!("\n### {title}\n");
    println!("| call | µs |");
    println!("|---|---:|");
    for (name, seconds) in calls {
        println!("| {name} | {:.2} |", seconds * 1e6);
    }
}

/// Ways to do the same and the seconds that they take, each beside the first.
pub fn print_ways(title: &str, ways: &[(String, f64)]) {
    println!("\n### {title}\n");
    println!("| way | median s | times the first |");
    println!("|---|---:|---:|");
    for (name, taken) in ways {
        println!("| {name} | {} | {:.3} |", seconds(Duration::from_secs_f64(*taken)), taken / ways[0].1);
    }
}

/// What is done, and what share of its normal progress something else makes meanwhile.
pub fn print_shares(title: &str, shares: &[(String, f64)]) {
    println!("\n### {title}\n");
    println!("| meanwhile | share of its normal progress |");
    println!("|---|---:|");
    for (name, share) in shares {
        println!("| {name} | {:.0} % |", share * 100.0);
    }
}

/// How soon a run has ended after Ctrl-C.
pub fn print_interrupted(title: &str, row: &Row) {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    println!("\n### {title}\n");
    println!("| from Ctrl-C to the end of | runs | median ms | worst ms |");
    println!("|---|---:|---:|---:|");
    println!(
        "| {} | {} | {:.1} | {:.1} |",
        row.name,
        row.samples.len(),
        milliseconds(row.wall()),
        milliseconds(row.worst())
    );
}

/// The line that compares checksig's memory with its target.
pub fn print_memory(row: &Row, entries: usize, list: u64) {
    let target = list + 64 * entries as u64 + (32 << 20);
    let peak = row.peak();
    println!(
        "\nMemory of {}: peak {:.1} MiB, target (list + 64 bytes an entry + 32 MiB) {:.1} MiB beside read buffers: {}.",
        row.name,
        peak as f64 / MIB,
        target as f64 / MIB,
        if peak <= target { "met".into() } else { format!("{:.1} MiB over", (peak - target) as f64 / MIB) },
    );
}

/// Processor, memory, kernel and file system, as a list in Markdown.
pub fn print_machine(scratch: &Path) {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpu.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name));
        line.and_then(|line| line.split_once(':')).map_or("?", |(_, value)| value.trim())
    };
    let known = ["sha_ni", "avx2", "avx512f", "avx512bw", "avx512vl", "sha1", "sha2", "sha512"];
    let flags = if field("flags") == "?" { field("Features") } else { field("flags") };
    let flags: Vec<_> = flags.split(' ').filter(|flag| known.contains(flag)).collect();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory: u64 = memory.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    println!("- processor: {}, {} cores, {}", field("model name"), cores(), flags.join(" "));
    println!(
        "- memory: {} GiB; kernel: {}; file system: {}",
        memory >> 20,
        kernel.trim(),
        file_system(scratch)
    );
}

/// Kind of the file system that holds the path.
fn file_system(path: &Path) -> String {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let of_path = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (place, kind) = (fields.next()?, fields.next()?);
        path.starts_with(place).then_some((place.len(), kind))
    });
    // The last of equals: a later mount covers an earlier one.
    of_path.max_by_key(|(length, _)| *length).map_or_else(|| "?".into(), |(_, kind)| kind.to_owned())
}

fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 0.1 { format!("{seconds:.4}") } else { format!("{seconds:.2}") }
}

/// The middle one; of an even number, the earlier of the two.
fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    times.get(times.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(walls: &[u64]) -> Row {
        let sample = |wall: &u64| Sample {
            wall: Duration::from_secs(*wall),
            processor: Duration::ZERO,
            peak: 7,
            code: 0,
        };
        Row { name: String::new(), samples: walls.iter().map(sample).collect() }
    }

    #[test]
    fn median_is_a_time_that_was_measured() {
        let median = |walls| row(walls).wall().as_secs();
        assert_eq!((median(&[]), median(&[3]), median(&[9, 1, 5]), median(&[4, 3, 2, 1])), (0, 3, 5, 2));
    }

    #[test]
    fn the_floor_is_read_and_hash_unless_a_core_is_free_for_each() {
        let walls = |files| {
            let floor = Row::floor(&row(&[1, 2, 3]), &row(&[10, 20]), files);
            floor.samples.iter().map(|sample| sample.wall.as_secs()).collect::<Vec<_>>()
        };
        assert_eq!(walls(cores()), [11, 22]);
        assert_eq!(walls(cores() - 1), [10, 20]);
    }
}
