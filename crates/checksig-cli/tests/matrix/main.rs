//! The fault matrix: every cell of `vectors/faults.txt` against the program, each way and with each number of threads.
//! A test is `place fault way, threads`; those of targets run in memory too (`fault_matrix` of the core).

mod cells;
#[path = "../common/mod.rs"]
mod common;
mod fuse;
mod judge;
mod process;
mod stage;
mod strace;

use std::collections::BTreeMap;
use std::io;

use cells::Cell;
use libtest_mimic::{Arguments, Trial};

/// How much of the machine a run uses.
#[derive(Clone, Copy)]
struct Setting {
    name: &'static str,
    args: &'static [&'static str],
}

const SETTINGS: [Setting; 3] = [
    Setting { name: "1 thread", args: &["--threads", "1"] },
    // One file after the other.
    Setting { name: "in order", args: &["--threads", "1", "--reads", "1"] },
    Setting { name: "8 threads", args: &["--threads", "8", "--reads", "16"] },
];

/// Runs a cell in a way.
type Run = fn(&Cell, &str, &Setting);

fn main() {
    let arguments = Arguments::from_args();
    let mount = fuse::can_mount();
    let mut trials = Vec::new();
    let mut impossible: BTreeMap<String, usize> = BTreeMap::new();
    // The suite's second pass, with one thread, has those cells, and the first one the others.
    let one_thread = std::env::var("CHECKSIG_TEST_THREADS").is_ok();
    for cell in Cell::all() {
        for way in &cell.ways {
            for setting in SETTINGS.iter().filter(|setting| one_thread != (setting.name == "8 threads")) {
                let Some(run) = find(&cell, way, setting) else { continue };
                if let Some(reason) = refused(&cell, way, &mount) {
                    *impossible.entry(reason).or_default() += 1;
                    continue;
                }
                let (cell, way) = (cell.clone(), way.clone());
                let name = format!("{} {way}, {}", cell.name(), setting.name);
                trials.push(Trial::test(name, move || {
                    run(&cell, &way, setting);
                    Ok(())
                }));
            }
        }
    }
    for (reason, cells) in impossible {
        // In memory the same faults are tested everywhere.
        println!("{cells} cells cannot be run on this machine: {reason}");
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// Why a machine cannot have a cell, if it cannot.
fn refused(cell: &Cell, way: &str, mount: &io::Result<()>) -> Option<String> {
    match mount {
        Err(error) if ["fuse", "ring"].contains(&way) => {
            Some(format!("it lets nobody mount a file system: {error}"))
        }
        _ if cell.place == "ring.enter" && process::ring_if_allowed() != "uring" => {
            Some("it forbids io_uring".to_owned())
        }
        _ => None,
    }
}

/// How a cell is run in a way; `None` where the setting has no such way.
fn find(cell: &Cell, way: &str, setting: &Setting) -> Option<Run> {
    let in_order = setting.name == "in order";
    let run: Run = match (cell.place.as_str(), way) {
        (_, "memory") => return None,
        // The ring is for several files at once; reading in order does not ask for what is in memory.
        (_, "ring") if in_order => return None,
        ("target.read", "warm") if in_order => return None,
        // Of these, how files are read makes no difference.
        ("signal" | "stdout" | "stderr" | "memory" | "list.open" | "list.read", _) if in_order => {
            return None;
        }
        // strace counts each thread's calls by themselves: no thread starts a second one there.
        ("threads", "strace") if setting.name == "1 thread" && cell.when == "second" => return None,
        ("ring.setup" | "ring.enter" | "ring.demanded", _) if in_order => return None,
        ("target.read", "warm" | "cold") if cell.is_change() => strace::change,
        ("target.open" | "target.fstat" | "target.read", "warm" | "cold" | "walk") => strace::target,
        ("target.open" | "target.fstat" | "target.read", "fuse" | "ring") => fuse::target,
        ("target.open", "real" | "user") => process::real_target,
        ("list.open" | "list.read", "strace") => strace::list,
        ("list.open" | "list.read", "fuse") => fuse::list,
        ("list.open" | "list.read", "real" | "user" | "pipe") => process::real_list,
        ("stdout" | "stderr", "strace") => strace::stream,
        ("stdout" | "stderr", "real") => process::stream,
        ("threads" | "openat2" | "ring.setup" | "ring.enter" | "ring.demanded", "strace") => strace::resource,
        ("memory", "strace") => strace::memory,
        ("memory", "rlimit") => process::address_space,
        ("threads", "rlimit") => process::threads,
        ("descriptors", "rlimit") => process::descriptors,
        ("signal", "real") => process::signal,
        ("signal", "strace") => strace::signal,
        _ => panic!("nobody knows how to run {} by {way}", cell.name()),
    };
    Some(run)
}

impl Cell {
    fn is_change(&self) -> bool {
        ["truncated", "grown", "rewritten", "replaced"].contains(&self.fault.as_str())
    }
}
