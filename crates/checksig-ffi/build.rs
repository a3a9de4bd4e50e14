//! What a plain cargo build does not do: the shared library gets a SONAME.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        // The number is CHECKSIG_ABI_VERSION. It, not the version of the package, says what a program that is linked
        // today can run with tomorrow; a test compares the two.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libchecksig.so.0");
        // A run that was cancelled leaves threads behind until their last read returns: the code must stay where it
        // is, even if a program closes the library with dlclose.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
