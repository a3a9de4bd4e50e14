//! The files that are measured, and their lists.
//!
//! The lists are written by another program than the one measured (GNU's, or b3sum), so that a wrong digest cannot agree
//! with itself. All is kept for the next bench.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use super::contents::{log_normal, random_pool, write_file};
use crate::util::{Context, Result, cores};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// `--quick` divides by this.
const SHRINK: u64 = 20;
/// One entry of so many has its file in the corpus `missing`.
const PRESENT_ONE_OF: usize = 1000;
const PRESENT_LEN: u64 = 4 * KIB;

/// The corpora.
pub const NAMES: &[&str] =
    &["start", "small", "logs", "mixed", "few", "large", "one", "missing", "scaling", "scaling-x100"];
/// The smallest and the largest file of `mixed`.
const MIXED: RangeInclusive<u64> = KIB..=256 * MIB;

/// Files on the disk, in one folder with their lists.
pub struct Corpus {
    pub name: &'static str,
    /// What the table's heading says of it.
    pub about: String,
    /// Where `data/` and the lists are.
    pub folder: PathBuf,
    /// Entries of a list.
    pub entries: usize,
    /// Size of each file that is there.
    sizes: Vec<u64>,
}

impl Corpus {
    /// The corpus of that name, its files made now if they are not there.
    pub fn prepare(name: &str, quick: bool, scratch: &Path) -> Result<Self> {
        let name = NAMES.iter().find(|known| **known == name).ok_or(format!("no corpus {name}"))?;
        let count = |n: u64| usize::try_from(if quick { n / SHRINK } else { n }).expect("small");
        let size = |n: u64| if quick { n / SHRINK } else { n };
        let sizes = match *name {
            // Of one page: the start and the end of the program are all there is.
            "start" => vec![4 * KIB],
            "small" => vec![4 * KIB; count(100_000)],
            "logs" => vec![110_000; count(10_000)],
            "mixed" => log_normal(count(1_200), MIXED),
            "few" => vec![size(GIB); 4],
            "large" => vec![size(128 * MIB); 32],
            "one" => vec![size(4 * GIB)],
            "scaling" => vec![KIB; count(10_000)],
            "scaling-x100" => vec![KIB; count(1_000_000)],
            _ => vec![PRESENT_LEN; count(1_000_000) / PRESENT_ONE_OF],
        };
        Self::with_sizes(
            name,
            sizes,
            &scratch.join(if quick { format!("{name}-quick") } else { (*name).into() }),
        )
    }

    /// Three files, for finding out whether a tool can be measured at all.
    pub fn probe(scratch: &Path) -> Result<Self> {
        Self::with_sizes("probe", vec![5000; 3], &scratch.join("probe"))
    }

    fn with_sizes(name: &'static str, sizes: Vec<u64>, folder: &Path) -> Result<Self> {
        let per_file = if name == "missing" { PRESENT_ONE_OF } else { 1 };
        let entries = sizes.len() * per_file;
        let bytes: u64 = sizes.iter().sum();
        let about = match name {
            "missing" => format!("{entries} entries, {} of them there", sizes.len()),
            "mixed" => format!(
                "{entries} files, {} in all, sizes log-normal from {} to {}",
                amount(bytes),
                amount(*MIXED.start()),
                amount(*MIXED.end())
            ),
            _ => format!("{entries} × {}", amount(sizes[0])),
        };
        let corpus = Self { name, about, folder: folder.to_path_buf(), entries, sizes };
        corpus.build()?;
        Ok(corpus)
    }

    /// How many entries have their file.
    pub fn present(&self) -> usize {
        self.sizes.len()
    }

    /// Size of all its files.
    pub fn bytes(&self) -> u64 {
        self.sizes.iter().sum()
    }

    /// The names of the files that are there, each with its size. Made on the way: a child's peak of memory is never
    /// seen as less than this process has.
    fn files(&self) -> impl Iterator<Item = (String, u64)> {
        (0..self.present()).map(|index| (self.name_of(index), self.sizes[index]))
    }

    fn name_of(&self, file: usize) -> String {
        file_name(file * (self.entries / self.present()))
    }

    fn build(&self) -> Result<()> {
        let ready = self.folder.join("complete");
        let wanted = format!("{} entries, {} files, {} bytes", self.entries, self.sizes.len(), self.bytes());
        // A folder without lengths is an older bench's.
        if fs::read_to_string(&ready).is_ok_and(|found| found == wanted) && self.lengths().exists() {
            return Ok(());
        }
        eprintln!("making {}: {}", self.name, self.about);
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        fs::create_dir_all(&self.folder)?;
        let mut names = BufWriter::new(File::create(self.names())?);
        for (name, _) in self.files() {
            write!(names, "{name}\0")?;
            fs::create_dir_all(self.folder.join(name).parent().expect("below data"))?;
        }
        let lengths = run_lengths(&self.sizes).map(|(count, size)| format!("{count} {size}\n"));
        fs::write(self.lengths(), lengths.collect::<String>())?;
        let pool = random_pool();
        in_parallel(self.present(), |index| {
            let name = self.name_of(index);
            write_file(&self.folder.join(&name), self.sizes[index], index as u64, &pool).context(name)
        })?;
        names.into_inner()?;
        fs::write(ready, wanted)?;
        Ok(())
    }

    /// The names of its files, each ended by a NUL, as `xargs -0` reads them.
    pub fn names(&self) -> PathBuf {
        self.folder.join("names")
    }

    /// A line `COUNT SIZE` for each run of files of one size.
    pub fn lengths(&self) -> PathBuf {
        self.folder.join("lengths")
    }

    /// The list in GNU's format, written now if it is not there. Its name says the algorithm.
    pub fn list(&self, algorithm: &str) -> Result<PathBuf> {
        let list = self.folder.join(format!("{algorithm}sum.txt"));
        if list.exists() {
            return Ok(list);
        }
        eprintln!("writing the {algorithm} list of {}", self.name);
        // Neither so long a command line that the system refuses it, nor so few parts that a core waits.
        let files = self.present().div_ceil(cores()).clamp(1, 1000);
        let parts = self.present().div_ceil(files);
        let part = |index: usize| self.folder.join(format!("part-{index}"));
        in_parallel(parts, |index| {
            let program = oracle(algorithm);
            let mut command = Command::new(&program);
            let names =
                (index * files..self.present().min((index + 1) * files)).map(|file| self.name_of(file));
            command.current_dir(&self.folder).args(names).stdout(File::create(part(index))?);
            match command.status().context(format!("cannot run {program}"))?.success() {
                true => Ok(()),
                false => Err(format!("{program} could not write a list").into()),
            }
        })?;
        let unfinished = self.folder.join("list");
        let mut out = BufWriter::new(File::create(&unfinished)?);
        let step = self.entries / self.present();
        let mut index = 0;
        for index_of_part in 0..parts {
            for line in BufReader::new(File::open(part(index_of_part))?).lines() {
                let line = line?;
                writeln!(out, "{line}")?;
                let digits = line.find(' ').unwrap_or(0);
                for absent in index + 1..index + step {
                    writeln!(out, "{:0digits$x}  {}", absent, file_name(absent))?;
                }
                index += step;
            }
            fs::remove_file(part(index_of_part))?;
        }
        out.into_inner()?;
        fs::rename(unfinished, &list)?;
        Ok(list)
    }

    /// The same in hashdeep's format, which names the size too.
    pub fn hashdeep_list(&self, algorithm: &str, list: &Path) -> Result<PathBuf> {
        let mut name = list.as_os_str().to_owned();
        name.push(".hashdeep");
        let path = PathBuf::from(name);
        if path.exists() {
            return Ok(path);
        }
        let mut out = BufWriter::new(File::create(&path)?);
        writeln!(out, "%%%% HASHDEEP-1.0\n%%%% size,{algorithm},filename")?;
        for (line, (name, size)) in BufReader::new(File::open(list)?).lines().zip(self.files()) {
            let line = line?;
            let digest = line.split(' ').next().unwrap_or_default();
            writeln!(out, "{size},{digest},{name}")?;
        }
        out.into_inner()?;
        Ok(path)
    }

    /// The list with the digest of its second entry made wrong.
    pub fn damaged_list(&self, algorithm: &str) -> Result<PathBuf> {
        let text = fs::read_to_string(self.list(algorithm)?)?;
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        let wrong = if lines[1].starts_with('0') { "1" } else { "0" };
        lines[1].replace_range(..1, wrong);
        let folder = self.folder.join("damaged");
        fs::create_dir_all(&folder)?;
        // A list's names are relative to its folder: the damaged one needs its own view of the files.
        let data = folder.join("data");
        if !data.exists() {
            fs::create_dir_all(data.join("000"))?;
            for (name, _) in self.files() {
                fs::copy(self.folder.join(&name), folder.join(&name))?;
            }
        }
        let list = folder.join(format!("{algorithm}sum.txt"));
        fs::write(&list, lines.join("\n") + "\n")?;
        Ok(list)
    }
}

/// The program that writes the lists of an algorithm.
pub fn oracle(algorithm: &str) -> String {
    match algorithm {
        "blake2b" => "b2sum".into(),
        "blake3" => "b3sum".into(),
        _ => format!("{algorithm}sum"),
    }
}

/// A size as people write it.
pub fn amount(bytes: u64) -> String {
    match bytes {
        0..10_000 if bytes.is_multiple_of(KIB) => format!("{} KiB", bytes / KIB),
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ if bytes.is_multiple_of(GIB) => format!("{} GiB", bytes / GIB),
        _ => format!("{} MiB", bytes / MIB),
    }
}

/// Equal neighbours as one, with how many there are.
fn run_lengths(sizes: &[u64]) -> impl Iterator<Item = (usize, u64)> {
    sizes.chunk_by(|a, b| a == b).map(|run| (run.len(), run[0]))
}

fn file_name(index: usize) -> String {
    format!("data/{:03}/{index:06}", index / 1000)
}

/// Does all the work items on all cores; the first error ends it.
fn in_parallel(count: usize, work: impl Fn(usize) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(0);
    let worker = || -> Result<(), String> {
        loop {
            let index = next.fetch_add(1, Relaxed);
            if index >= count {
                return Ok(());
            }
            if let Err(error) = work(index) {
                next.store(count, Relaxed);
                return Err(error.to_string());
            }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores()).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|handle| handle.join().expect("does not panic"))
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_as_people_write_them() {
        let written = [4096, 110_000, 4 << 30, 128 << 20].map(amount);
        assert_eq!(written, ["4 KiB", "110 kB", "4 GiB", "128 MiB"]);
    }

    #[test]
    fn lengths_are_counted() {
        assert_eq!(run_lengths(&[4, 4, 4, 9, 4]).collect::<Vec<_>>(), [(3, 4), (1, 9), (1, 4)]);
    }

    #[test]
    fn mixed_is_what_its_heading_says() {
        let sizes = log_normal(1_200, MIXED);
        let total: u64 = sizes.iter().sum();
        assert!((7 * GIB / 2..9 * GIB / 2).contains(&total), "{total}");
        assert!(sizes.iter().all(|size| MIXED.contains(size)));
        let below_the_middle = sizes.iter().filter(|size| **size < 512 * KIB).count();
        assert!((550..650).contains(&below_the_middle), "{below_the_middle}");
    }
}
