//! Prints how fast each hash runs on one core: every kernel of this CPU, by the number of streams.
//!
//! `cargo run --release -p checksig-multibuffer --example speed [md5|sha1|sha256|sha512]`. All combinations are measured
//! in turn, many times, and the best of each counts: other work on the machine only ever makes a run slower.

use std::time::{Duration, Instant};

use checksig_multibuffer::{Kernel, Md5, MultiHash, Sha1, Sha256, Sha512};

const STREAMS: [usize; 8] = [1, 2, 3, 4, 6, 8, 12, 16];
const BUFFER: usize = 32 * 1024;
const TURNS: usize = 200;

/// The time of one update of every number of streams.
type Times = [Duration; STREAMS.len()];

fn main() {
    let only = std::env::args().nth(1);
    println!("GB/s of one core, buffers of {} KiB", BUFFER / 1024);
    print!("{:8} {:8}", "hash", "streams");
    STREAMS.iter().for_each(|count| print!("{count:>6}"));
    println!();
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if wanted("md5") {
        table::<Md5>("md5");
    }
    if wanted("sha1") {
        table::<Sha1>("sha1");
    }
    if wanted("sha256") {
        table::<Sha256>("sha256");
    }
    if wanted("sha512") {
        table::<Sha512>("sha512");
    }
}

fn table<H: MultiHash>(name: &str) {
    let buffers = buffers();
    let mut rows: Vec<(H, Times)> = Kernel::ALL
        .into_iter()
        .filter_map(H::with_kernel)
        .map(|hash| (hash, [Duration::MAX; STREAMS.len()]))
        .collect();
    for _ in 0..TURNS {
        for (hash, times) in &mut rows {
            for (count, best) in STREAMS.into_iter().zip(times) {
                *best = time(hash, &buffers[..count]).min(*best);
            }
        }
    }
    for (hash, times) in rows {
        print!("{name:8} {:8}", hash.kernel());
        for (count, best) in STREAMS.into_iter().zip(times) {
            print!("{:6.2}", (count * BUFFER) as f64 / best.as_secs_f64() / 1e9);
        }
        println!();
    }
}

/// As many buffers as the most streams need, aligned as a reader's would be.
fn buffers() -> Vec<&'static [u8]> {
    const PAGE: usize = 4096;
    let most = STREAMS[STREAMS.len() - 1];
    let memory: &'static [u8] = vec![0x5a; most * BUFFER + PAGE].leak();
    memory[memory.as_ptr().align_offset(PAGE)..].chunks_exact(BUFFER).collect()
}

fn time<H: MultiHash>(hash: &H, buffers: &[&[u8]]) -> Duration {
    let mut states = vec![hash.start(); buffers.len()];
    let mut streams: Vec<_> = states.iter_mut().zip(buffers.iter().copied()).collect();
    // Once more, for the cache.
    hash.update(&mut streams);
    let start = Instant::now();
    hash.update(&mut streams);
    start.elapsed()
}
