//! What a bench prints: tables in Markdown, and what machine they are from.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::measure::Sample;
use crate::util::cores;

/// Bytes of a MiB.
pub const MIB: f64 = 1024.0 * 1024.0;

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

    /// Largest peak of memory of any run, in bytes.
    pub fn peak(&self) -> u64 {
        self.samples.iter().map(|sample| sample.peak).max().unwrap_or(0)
    }
}

/// The rows beside the first one, which is checksig.
pub fn print(title: &str, rows: &[Row]) {
    println!("\n### {title}\n");
    println!("| tool | median s | best s | processor s | peak MiB | time / checksig's |");
    println!("|---|---:|---:|---:|---:|---:|");
    for row in rows {
        let best = row.samples.iter().map(|sample| sample.wall).min().unwrap_or_default();
        let processor = median(row.samples.iter().map(|sample| sample.processor));
        println!(
            "| {} | {} | {} | {} | {:.1} | {:.2} |",
            row.name,
            seconds(row.wall()),
            seconds(best),
            seconds(processor),
            row.peak() as f64 / MIB,
            row.wall().as_secs_f64() / rows[0].wall().as_secs_f64(),
        );
    }
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

    #[test]
    fn median_is_a_time_that_was_measured() {
        let median = |times: &[u64]| median(times.iter().map(|time| Duration::from_secs(*time))).as_secs();
        assert_eq!((median(&[]), median(&[3]), median(&[9, 1, 5]), median(&[4, 3, 2, 1])), (0, 3, 5, 2));
    }
}
