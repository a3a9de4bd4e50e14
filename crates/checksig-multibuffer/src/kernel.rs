//! Which ways of hashing several streams exist, which of them this CPU has, and which it has but gets wrong.

use std::fmt;
#[cfg(target_arch = "x86_64")]
use std::sync::OnceLock;

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

/// Whether rounds that wait for each other take longer in vectors than in registers. So it is on AMD's Zen 5 (family 1Ah),
/// where one stream was measured 1.4 to 1.7 times as fast in registers, probably because each step of a chain of vector
/// instructions takes two cycles there. On an Intel CPU vectors were faster: they have rotations and functions of three
/// operands. A CPU that was not measured counts as one of Intel's.
#[cfg(target_arch = "x86_64")]
pub(crate) fn chains_prefer_registers() -> bool {
    use std::arch::x86_64::__cpuid;
    // A virtual machine may take long to answer.
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        #[allow(
            unused_unsafe,
            reason = "it is safe to newer compilers, but not to the oldest that we support"
        )]
        // SAFETY: every CPU with 64-bit mode has the instruction and these two leaves.
        let (vendor, version) = unsafe { (__cpuid(0), __cpuid(1).eax) };
        let name = [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes);
        let (family, extended) = ((version >> 8) & 0xf, (version >> 20) & 0xff);
        name.as_flattened() == b"AuthenticAMD" && family == 0xf && family + extended >= 0x1a
    })
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A kernel that this CPU has but that failed its self-test. Its `Display` is a sentence for the user: it means a defect of
/// the CPU, of an emulator or of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejected {
    /// The hashes that it was to be used for, such as `SHA-224 and SHA-256`.
    pub hashes: &'static str,
    /// The kernel that failed.
    pub kernel: Kernel,
    /// The kernel that is used in its place.
    pub instead: Kernel,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hashes, kernel, instead } = self;
        write!(f, "the {kernel} kernel for {hashes} gave a wrong result in its self-test; ")?;
        match instead {
            Kernel::Single => write!(f, "hashing without it, one stream after the other"),
            instead => write!(f, "hashing with the {instead} kernel instead"),
        }
    }
}
