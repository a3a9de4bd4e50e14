//! What checking a list costs at least on this machine: its files read and not hashed, or as many bytes hashed and not
//! read, on all cores.
//!
//! `floor read NAMES` reads the files that NAMES names, each name ended by a NUL. `floor hash ALGORITHM LENGTHS` hashes
//! streams from memory; a line `COUNT LENGTH` of LENGTHS stands for so many streams of so many bytes. Both print how many
//! files or streams, and how many bytes, they went through. `cargo xtask bench` measures them beside the checkers.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Read};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use checksig_multibuffer::{Md5, MultiHash, Sha1, Sha224, Sha256, Sha384, Sha512};

const PAGE: usize = 4096;
/// A read of so many bytes costs little for its system call, and they stay in the second-level cache.
const READ: usize = 128 * 1024;
/// The bytes that a stream absorbs at once; those of sixteen streams stay in the second-level cache.
const CHUNK: usize = 32 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (count, bytes) = match arguments[..] {
        ["read", names] => read_all(&fs::read_to_string(names)?)?,
        ["hash", algorithm, lengths] => {
            let lengths = parse_lengths(&fs::read_to_string(lengths)?)?;
            let hash_all = match algorithm {
                "md5" => hash_all::<Md5>,
                "sha1" => hash_all::<Sha1>,
                "sha224" => hash_all::<Sha224>,
                "sha256" => hash_all::<Sha256>,
                "sha384" => hash_all::<Sha384>,
                "sha512" => hash_all::<Sha512>,
                _ => return Err(format!("no algorithm {algorithm}").into()),
            };
            (lengths.len(), hash_all(&lengths))
        }
        _ => return Err("usage: floor read NAMES | floor hash ALGORITHM LENGTHS".into()),
    };
    println!("{count} {bytes}");
    Ok(())
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}

/// Does the work on every core and adds up what came of it.
fn on_all_cores<T: Send>(work: impl Fn() -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores()).map(|_| scope.spawn(&work)).collect();
        workers.into_iter().map(|worker| worker.join().expect("does not panic")).collect()
    })
}

/// Memory that begins at a page, without which reading costs several times as much.
fn aligned(memory: &mut Vec<u8>, len: usize) -> &mut [u8] {
    // Not zero: every page must be there, and be one of its own.
    *memory = vec![0x5a; len + PAGE];
    let offset = memory.as_ptr().align_offset(PAGE).min(PAGE);
    &mut memory[offset..offset + len]
}

fn read_all(names: &str) -> io::Result<(usize, u64)> {
    let names: Vec<&str> = names.split_terminator('\0').collect();
    let next = AtomicUsize::new(0);
    let sums = on_all_cores(|| {
        let mut memory = Vec::new();
        let buffer = aligned(&mut memory, READ);
        let mut sum = 0;
        while let Some(name) = names.get(next.fetch_add(1, Relaxed)) {
            sum += read_file(name, buffer)?;
        }
        Ok(sum)
    });
    Ok((names.len(), sums.into_iter().sum::<io::Result<u64>>()?))
}

/// Opens, looks how long it is, reads that and closes: a read that reaches the end is not followed by another.
fn read_file(name: &str, buffer: &mut [u8]) -> io::Result<u64> {
    let mut file = File::open(name)?;
    let size = file.metadata()?.len();
    let mut position = 0;
    while position < size {
        match file.read(buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            got => position += got as u64,
        }
    }
    Ok(position)
}

/// The lengths of all streams, the longest first: so no core is left with a long one when the others are done.
fn parse_lengths(text: &str) -> Result<Vec<u64>, Box<dyn Error>> {
    let mut lengths: Vec<u64> = Vec::new();
    for line in text.lines() {
        let (count, length) = line.split_once(' ').ok_or(format!("not a count and a length: {line}"))?;
        lengths.resize(lengths.len() + count.parse::<usize>()?, length.parse()?);
    }
    lengths.sort_unstable_by(|a, b| b.cmp(a));
    Ok(lengths)
}

/// Hashes streams of these lengths, as many together as the best kernel takes; how many bytes they were.
fn hash_all<H: MultiHash>(lengths: &[u64]) -> u64 {
    let next = AtomicUsize::new(0);
    // Few streams are spread over the cores.
    let width = H::new().lanes().min(lengths.len().div_ceil(cores()));
    on_all_cores(|| {
        let lengths = || lengths.get(next.fetch_add(1, Relaxed)).copied();
        hash_on_this_core(&H::new(), width, lengths)
    })
    .into_iter()
    .sum()
}

fn hash_on_this_core<H: MultiHash>(hash: &H, width: usize, mut next: impl FnMut() -> Option<u64>) -> u64 {
    let mut memory = Vec::new();
    let buffers: Vec<&[u8]> = aligned(&mut memory, width * CHUNK).chunks_exact(CHUNK).collect();
    let mut digests = vec![0; width * H::OUTPUT_LEN];
    let mut lanes: Vec<(H::State, u64)> = Vec::with_capacity(width);
    let mut sum = 0;
    loop {
        while let Some(length) = (lanes.len() < width).then(&mut next).flatten() {
            lanes.push((hash.start(), length));
        }
        let Some(shortest) = lanes.iter().map(|(_, left)| (*left).min(CHUNK as u64) as usize).min() else {
            return sum;
        };
        let step = shortest / H::BLOCK_LEN * H::BLOCK_LEN;
        let streams = lanes.iter_mut().zip(&buffers);
        hash.update(&mut streams.map(|((state, _), buffer)| (state, &buffer[..step])).collect::<Vec<_>>());
        sum += (step * lanes.len()) as u64;
        for (_, left) in &mut lanes {
            *left -= step as u64;
        }
        let mut ended: Vec<_> = lanes.extract_if(.., |(_, left)| *left < H::BLOCK_LEN as u64).collect();
        let places = digests.chunks_exact_mut(H::OUTPUT_LEN);
        let endings = ended.iter_mut().zip(&buffers).zip(places);
        let mut endings: Vec<_> = endings
            .map(|(((state, left), buffer), digest)| (state, &buffer[..*left as usize], digest))
            .collect();
        sum += endings.iter().map(|(_, tail, _)| tail.len() as u64).sum::<u64>();
        hash.finish(&mut endings);
        black_box(&digests);
    }
}
