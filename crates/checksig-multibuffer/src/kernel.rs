//! Which ways of hashing several streams exist, and which of them this CPU has.

use std::fmt;

/// A way to advance several streams on one core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kernel {
    /// One stream after the other, with RustCrypto's compression function. Every CPU has it.
    Single,
    /// A stream per 32-bit or 64-bit lane of 256-bit vectors; one stream has its message schedules in them.
    Avx2,
    /// The SHA instructions of x86, two or three streams interleaved.
    ShaNi,
    /// A stream per lane of 512-bit vectors; few streams use 256-bit vectors or the SHA instructions.
    Avx512,
}

impl Kernel {
    /// Every kernel, the one to prefer first. A hash that lacks one goes on to the next.
    pub const ALL: [Kernel; 4] = [Kernel::Avx512, Kernel::ShaNi, Kernel::Avx2, Kernel::Single];

    /// Whether this CPU, under this operating system, can run the kernel.
    pub fn is_available(self) -> bool {
        match self {
            Kernel::Single => true,
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => {
                std::arch::is_x86_feature_detected!("avx2")
                    && std::arch::is_x86_feature_detected!("bmi1")
                    && std::arch::is_x86_feature_detected!("bmi2")
            }
            #[cfg(target_arch = "x86_64")]
            Kernel::ShaNi => {
                std::arch::is_x86_feature_detected!("sha")
                    && std::arch::is_x86_feature_detected!("ssse3")
                    && std::arch::is_x86_feature_detected!("sse4.1")
            }
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => {
                std::arch::is_x86_feature_detected!("avx512f")
                    && std::arch::is_x86_feature_detected!("avx512bw")
                    && std::arch::is_x86_feature_detected!("avx512vl")
                    && Kernel::Avx2.is_available()
            }
            #[cfg(not(target_arch = "x86_64"))]
            Kernel::Avx2 | Kernel::ShaNi | Kernel::Avx512 => false,
        }
    }

    /// The name in reports and benchmarks, such as `avx512`.
    pub fn name(self) -> &'static str {
        match self {
            Kernel::Single => "single",
            Kernel::Avx2 => "avx2",
            Kernel::ShaNi => "sha-ni",
            Kernel::Avx512 => "avx512",
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
