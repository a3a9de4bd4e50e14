//! What the fuzz targets check, each against something that is not the code under test. `fuzz_targets/` has one program
//! for each of them.

pub mod c_calls;
pub mod c_results;
pub mod grammar;
pub mod input;
pub mod lists;
#[path = "../../crates/checksig-core/tests/common/memory.rs"]
#[allow(dead_code, reason = "the tests of the core use the rest of it")]
pub mod memory;
pub mod paths;
pub mod quoting;
pub mod runs;
pub mod scenario;
pub mod streams;
