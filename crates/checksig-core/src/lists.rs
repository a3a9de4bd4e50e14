//! Where lists come from: a file that the user names, a reader, or what a directory holds.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FileType, Mode, OFlags};

use crate::algorithm::Algorithm;
use crate::error::{Error, ErrorKind};
use crate::manifest::{ListName, Manifest, ParseOptions};
use crate::path::EntryPath;
use crate::quote::Quoted;
use crate::source::{
    LocalFile, LocalTree, PathPolicy, RootIdentity, Source, SourceFile, Stamp, Wait, open_directory,
};

/// A parsed list with its name and the directory that its paths begin at. Clones share what was parsed.
#[derive(Clone, Debug)]
pub struct ListInput {
    pub(crate) name: Vec<u8>,
    pub(crate) root: PathBuf,
    /// By which two ways to write the root are known to be one.
    pub(crate) identity: Option<RootIdentity>,
    pub(crate) manifest: Arc<Manifest>,
}

/// How a list is read.
#[derive(Clone, Debug, Default)]
pub struct ListOptions {
    /// The algorithm of its untagged lines, whatever its name says.
    pub algorithm: Option<Algorithm>,
    /// The directory that its paths begin at, instead of the one that it is in.
    pub root: Option<PathBuf>,
}

impl ListOptions {
    fn parse_options(&self, name: &[u8]) -> ParseOptions {
        let options = ParseOptions::default().list_name(name);
        match self.algorithm {
            Some(algorithm) => options.algorithm(algorithm),
            None => options,
        }
    }
}

impl ListInput {
    /// A list that is parsed already. `name` is what outcomes and messages call it.
    pub fn new(
        name: impl Into<Vec<u8>>,
        root: impl Into<PathBuf>,
        manifest: impl Into<Arc<Manifest>>,
    ) -> Self {
        let root = root.into();
        let identity = open_directory(&root).and_then(RootIdentity::of).ok();
        Self { name: name.into(), root, identity, manifest: manifest.into() }
    }

    /// What outcomes and messages call it.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// What is in it.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Reads a list that the user named: trusted, so it may be anything that can be read. Its paths begin at its own
    /// directory; those of a FIFO, a device or a descriptor (`/dev/stdin`, `/dev/fd/3`) at the working directory.
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableList`], also for a regular file that changes while it is read.
    pub fn read(path: impl AsRef<Path>, options: &ListOptions) -> Result<Self, Error> {
        let path = path.as_ref();
        let name = path.as_os_str().as_bytes();
        let directory = match path.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory,
            _ => Path::new("."),
        };
        // The directory is looked up once: the list, and later the files, must be that directory's.
        let open = || -> io::Result<(fs::File, bool, RootIdentity)> {
            let directory = open_directory(directory)?;
            let file_name = path.file_name().unwrap_or(OsStr::new("."));
            let file = fs::File::from(rustix::io::retry_on_intr(|| {
                rustix::fs::openat(&directory, file_name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
            })?);
            let regular = file.metadata()?.is_file();
            Ok((file, regular, RootIdentity::of(&directory)?))
        };
        let (file, regular, identity) = open().map_err(|error| unreadable(name, error))?;
        // What a descriptor leads to may be a regular file, and is not beside the files that it lists.
        if !regular || is_descriptor(path) || options.root.is_some() {
            return Self::read_file(file, name, ".", options);
        }
        let mut list = Self::read_file(file, name, directory, options)?;
        list.identity = Some(identity);
        Ok(list)
    }

    /// Reads a list from a file that is open. Its paths begin at `root` unless the options say otherwise.
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableList`], also for a regular file that changes while it is read.
    pub fn read_file(
        file: impl Into<OwnedFd>,
        name: impl AsRef<[u8]>,
        root: impl AsRef<Path>,
        options: &ListOptions,
    ) -> Result<Self, Error> {
        let name = name.as_ref();
        let file = file.into();
        let reader = match rustix::fs::fstat(&file) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {
                Steady::new(Box::new(LocalFile::from(file)))
            }
            Ok(_) => return Self::read_from(fs::File::from(file), name, root, options),
            Err(error) => Err(error.into()),
        };
        Self::read_from(reader.map_err(|error| unreadable(name, error))?, name, root, options)
    }

    /// Reads a list from a reader, standard input for example. Its paths begin at `root` unless the options say
    /// otherwise.
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableList`].
    pub fn read_from(
        reader: impl Read,
        name: impl AsRef<[u8]>,
        root: impl AsRef<Path>,
        options: &ListOptions,
    ) -> Result<Self, Error> {
        let name = name.as_ref();
        let manifest =
            Manifest::read(reader, &options.parse_options(name)).map_err(|error| unreadable(name, error))?;
        let root = options.root.as_deref().unwrap_or(root.as_ref());
        Ok(Self::new(name, root, manifest))
    }

    /// Reads the list `name` of a directory. It is part of what is verified, so it is opened like any file that a
    /// list names: it must be a regular file beneath the directory.
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableList`]; [`ErrorKind::UnreadableRoot`] for the directory.
    pub fn read_beneath(
        directory: impl AsRef<Path>,
        name: &OsStr,
        options: &ListOptions,
    ) -> Result<Self, Error> {
        let directory = directory.as_ref();
        let shown = if directory == Path::new(".") { PathBuf::from(name) } else { directory.join(name) };
        let shown = shown.as_os_str().as_bytes();
        let tree = LocalTree::open([directory], PathPolicy::Beneath)?;
        let file = open_list(&tree, name).map_err(|error| unreadable(shown, error))?;
        let mut list = Self::read_from(file, shown, directory, options)?;
        if options.root.is_none() {
            list.identity = tree.root_identities().next();
        }
        Ok(list)
    }
}

fn open_list(tree: &LocalTree, name: &OsStr) -> io::Result<Steady> {
    let named = "name it on the command line if that is meant";
    let mut file = tree.open(0, EntryPath::new(name.as_bytes()), Wait::Allowed).map_err(|error| {
        if error.raw_os_error() == Some(rustix::io::Errno::XDEV.raw_os_error()) {
            io::Error::other(format!("it is a symlink that leads outside its directory; {named}"))
        } else {
            error
        }
    })?;
    match file.stamp()?.regular {
        true => Steady::new(file),
        false => Err(io::Error::other(format!("it is not a regular file; {named}"))),
    }
}

/// Whether a path names a descriptor of a process: what is behind it was opened by somebody, and may be anywhere. By its whole
/// shape: `/proc/PID/root/…/fd/7` is a file like any other.
fn is_descriptor(path: &Path) -> bool {
    let is_number = |name: &[u8]| name.iter().all(u8::is_ascii_digit);
    let parts: Vec<&[u8]> = path.iter().map(OsStr::as_bytes).collect();
    match parts[..] {
        [b"/", b"dev", name] => {
            name.strip_prefix(b"std").is_some_and(|which| [&b"in"[..], b"out", b"err"].contains(&which))
        }
        [b"/", b"dev", b"fd", number]
        | [b"/", b"proc", _, b"fd", number]
        | [b"/", b"proc", _, b"task", _, b"fd", number] => is_number(number),
        _ => false,
    }
}

/// A regular file as a reader, which fails at the end unless the file is what it was at the beginning and was read whole: a
/// list that was cut meanwhile would lose entries.
struct Steady {
    file: Box<dyn SourceFile>,
    opened: Stamp,
    /// Bytes before the end, counted from where reading began.
    left: u64,
}

impl Steady {
    fn new(mut file: Box<dyn SourceFile>) -> io::Result<Self> {
        let opened = file.stamp()?;
        let position = match file.descriptor() {
            Some(file) => rustix::fs::tell(file)?,
            None => 0,
        };
        Ok(Self { file, opened, left: opened.size.saturating_sub(position) })
    }
}

impl Read for Steady {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.file.read(buffer, Wait::Allowed)?;
        let more = got as u64 > self.left;
        self.left = self.left.saturating_sub(got as u64);
        let ended_early = got == 0 && self.left > 0;
        if more || ended_early || (got == 0 && self.file.stamp()? != self.opened) {
            return Err(io::Error::other("it changed while it was read"));
        }
        Ok(got)
    }
}

fn unreadable(name: &[u8], error: io::Error) -> Error {
    let message = format!("cannot read the list {}: {error}", Quoted(name));
    Error::new(ErrorKind::UnreadableList(error), message)
}

/// Reads what a user names: a list, or every list that a directory holds. Each list that cannot be read is an error of
/// its own, as it does not keep the others from being verified
/// (see [`Plan::with_unread_lists`](crate::Plan::with_unread_lists)).
///
/// ```
/// # let directory = tempfile::tempdir().unwrap();
/// # let root = directory.path();
/// std::fs::write(root.join("md5sum.txt"), "d41d8cd98f00b204e9800998ecf8427e  empty\n").unwrap();
/// std::fs::create_dir(root.join("in.md5")).unwrap();
/// let lists = checksig_core::read_lists(root, &Default::default());
/// assert_eq!(lists[0].as_ref().unwrap().manifest().len(), 1);
/// assert!(checksig_core::read_lists(root.join("in.md5"), &Default::default())[0].is_err()); // holds none
/// ```
pub fn read_lists(path: impl AsRef<Path>, options: &ListOptions) -> Vec<Result<ListInput, Error>> {
    let path = path.as_ref();
    if !path.is_dir() {
        return vec![ListInput::read(path, options)];
    }
    match find_lists(path) {
        Ok(names) => {
            names.iter().map(|name| ListInput::read_beneath(path, name.as_os_str(), options)).collect()
        }
        Err(error) => vec![Err(error)],
    }
}

/// Reads the one list that [`check_signatures`](crate::check_signatures) verifies: `sha1sum.txt` in this directory.
///
/// # Errors
/// As [`ListInput::read_beneath`].
pub fn read_signatures(root: impl AsRef<Path>) -> Result<ListInput, Error> {
    ListInput::read_beneath(root, "sha1sum.txt".as_ref(), &ListOptions::default())
}

/// The names of the lists that a directory holds (not the directories in it), sorted bytewise: for every algorithm
/// and alias `a`, `{a}sum.txt`, `{a}sums.txt`, `{a}sums`, `*.{a}`, in any case, and `checksums.txt`.
///
/// # Errors
/// [`ErrorKind::UnreadableRoot`] if the directory cannot be read, [`ErrorKind::NoList`] if it holds none.
pub fn find_lists(directory: impl AsRef<Path>) -> Result<Vec<PathBuf>, Error> {
    let directory = directory.as_ref();
    let shown = Quoted(directory.as_os_str().as_bytes());
    let mut names = Vec::new();
    let mut look = || -> io::Result<()> {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name();
            // A symlink to a directory is none either; one that dangles is a list that cannot be read.
            if ListName::is_list(name.as_bytes()) && !entry.path().is_dir() {
                names.push(PathBuf::from(name));
            }
        }
        Ok(())
    };
    look().map_err(|error| {
        let message = format!("cannot read the directory {shown}: {error}");
        Error::new(ErrorKind::UnreadableRoot(error), message)
    })?;
    if names.is_empty() {
        return Err(Error::new(
            ErrorKind::NoList,
            format!(
                "no checksum list in {shown}; looked for checksums.txt and, for every algorithm (md5, sha1, sha256, …), \
                 names like sha256sum.txt, sha256sums.txt, SHA256SUMS and *.sha256; a list of another name can be \
                 given itself"
            ),
        ));
    }
    names.sort_unstable_by(|a, b| a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes()));
    Ok(names)
}
