//! Where lists come from: a file that the user names, a reader, or what a directory holds.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};

use crate::algorithm::Algorithm;
use crate::error::{Error, ErrorKind};
use crate::manifest::{ListName, Manifest, ParseOptions};
use crate::path::EntryPath;
use crate::quote::Quoted;
use crate::source::{LocalTree, PathPolicy, Source, SourceFile, Wait, identity, open_directory};

/// A parsed list with its name and the directory that its paths begin at. Clones share what was parsed.
#[derive(Clone, Debug)]
pub struct ListInput {
    pub(crate) name: Vec<u8>,
    pub(crate) root: PathBuf,
    /// Device and inode of the root, by which two ways to write it are known to be one.
    pub(crate) identity: Option<(u64, u64)>,
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
        let identity = fs::metadata(&root).ok().map(|metadata| (metadata.dev(), metadata.ino()));
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
    /// directory, those of a FIFO or a device at the working directory.
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableList`].
    pub fn read(path: impl AsRef<Path>, options: &ListOptions) -> Result<Self, Error> {
        let path = path.as_ref();
        let name = path.as_os_str().as_bytes();
        let directory = match path.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory,
            _ => Path::new("."),
        };
        // The directory is looked up once: the list, and later the files, must be that directory's.
        let open = || -> io::Result<(fs::File, bool, (u64, u64))> {
            let directory = open_directory(directory)?;
            let file_name = path.file_name().unwrap_or(OsStr::new("."));
            let file = fs::File::from(rustix::io::retry_on_intr(|| {
                rustix::fs::openat(&directory, file_name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
            })?);
            let regular = file.metadata()?.is_file();
            Ok((file, regular, identity(&directory)?))
        };
        let (file, regular, identity) = open().map_err(|error| unreadable(name, error))?;
        // What is called /dev/stdin may be a regular file, and is not beside the files that it lists.
        let beside = regular && !path.starts_with("/dev") && !path.starts_with("/proc");
        if !beside || options.root.is_some() {
            return Self::read_from(file, name, ".", options);
        }
        let mut list = Self::read_from(file, name, directory, options)?;
        list.identity = Some(identity);
        Ok(list)
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

fn open_list(tree: &LocalTree, name: &OsStr) -> io::Result<ReadSource> {
    let named = "name it on the command line if that is meant";
    let mut file = tree.open(0, EntryPath::new(name.as_bytes()), Wait::Allowed).map_err(|error| {
        if error.raw_os_error() == Some(rustix::io::Errno::XDEV.raw_os_error()) {
            io::Error::other(format!("it is a symlink that leads outside its directory; {named}"))
        } else {
            error
        }
    })?;
    if file.stamp()?.regular {
        Ok(ReadSource(file))
    } else {
        Err(io::Error::other(format!("it is not a regular file; {named}")))
    }
}

/// A file of a source as a reader.
struct ReadSource(Box<dyn SourceFile>);

impl Read for ReadSource {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer, Wait::Allowed)
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
