//! The C header, made by cbindgen from the C functions and their documentation.

use std::path::{Path, PathBuf};

use crate::util::{Result, read, root};

/// Where it is kept.
pub const PATH: &str = "include/checksig.h";

const CRATE: &str = "crates/checksig-ffi";

/// The sources in the order of the header's functions: from what most programs need to the rest.
const SECTIONS: &[&str] = &[
    "verify",
    "signatures",
    "outcomes",
    "options",
    "cancel",
    "event",
    "outcome",
    "report",
    "manifest",
    "hash",
    "algorithm",
    "error",
    "strings",
    "version",
];

/// Its text.
pub fn generate() -> Result<String> {
    let folder = root().join(CRATE);
    let mut config = cbindgen::Config::from_file(folder.join("cbindgen.toml"))?;
    config.after_includes =
        Some(versions() + config.after_includes.as_deref().unwrap_or_default().trim_end());
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in sources(&folder)? {
        builder = builder.with_src(source);
    }
    let mut bytes = Vec::new();
    builder.generate()?.write(&mut bytes);
    Ok(String::from_utf8(bytes)?)
}

/// The files of the sections. Each file that exports something must be one.
fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    for entry in std::fs::read_dir(folder.join("src"))? {
        let path = entry?.path();
        let section = path.file_stem().is_some_and(|stem| SECTIONS.iter().any(|section| stem == *section));
        if !section && read(&path)?.contains("no_mangle") {
            return Err(
                format!("{}: xtask/src/header.rs does not say where it belongs", path.display()).into()
            );
        }
    }
    Ok(SECTIONS.iter().map(|section| folder.join("src").join(section).with_extension("rs")).collect())
}

/// The version of the package as macros.
fn versions() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut macros =
        format!("\n/** The version of this header. */\n#define CHECKSIG_VERSION \"{version}\"\n");
    for (name, number) in ["MAJOR", "MINOR", "PATCH"].iter().zip(version.split('.')) {
        macros += &format!("#define CHECKSIG_VERSION_{name} {number}\n");
    }
    macros
}
