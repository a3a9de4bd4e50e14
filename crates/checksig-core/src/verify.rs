//! The verifier: settings, and the ways to run them.

use std::path::Path;
use std::sync::Arc;

use crate::algorithm::Algorithm;
use crate::cancel::CancelToken;
use crate::engine::{Io, Run, Settings};
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Observer};
use crate::hash::{Builtin, MultiHasher, WithDigest};
use crate::lists::read_signatures;
use crate::outcomes::Outcomes;
use crate::plan::{Plan, VerifyWork};
use crate::report::{Keep, Policy, Report};
use crate::source::{PathPolicy, Source};

/// Verifies plans. A builder: every setting has a default that is right for most.
///
/// ```
/// use std::ops::ControlFlow;
/// use checksig_core::{Event, ListInput, ListOptions, PathPolicy, Plan, Policy, Verdict, Verifier};
/// # let directory = tempfile::tempdir().unwrap();
/// # let root = directory.path();
/// std::fs::write(root.join("abc"), "abc").unwrap();
/// std::fs::write(root.join("md5sum.txt"), "900150983cd24fb0d6963f7d28e17f72  abc\n").unwrap();
///
/// let list = ListInput::read(root.join("md5sum.txt"), &ListOptions::default()).unwrap();
/// let plan = Plan::new(vec![list], PathPolicy::Beneath).unwrap();
/// let mut seen = Vec::new();
/// let report = Verifier::new().threads(2).run(plan, &mut |event: Event<'_>| {
///     if let Event::Outcome(outcome) = event {
///         seen.push(outcome.path().to_string());
///     }
///     ControlFlow::Continue(())
/// });
/// assert_eq!(report.unwrap().verdict(&Policy::default()), Verdict::Verified);
/// assert_eq!(seen, ["abc"]);
/// ```
#[derive(Clone, Debug)]
pub struct Verifier<H = Builtin> {
    hasher: H,
    settings: Settings,
    detect_collisions: bool,
    cancel: CancelToken,
    keep: Keep,
}

impl Default for Verifier {
    fn default() -> Self {
        Self::new()
    }
}

impl Verifier {
    /// A verifier with the built-in algorithms.
    pub fn new() -> Self {
        Self::with_hasher(Builtin::default())
    }
}

impl<H: MultiHasher> Verifier<H> {
    /// A verifier with the caller's own hasher of several streams.
    pub fn with_hasher(hasher: H) -> Self {
        Self {
            hasher,
            settings: Settings::default(),
            detect_collisions: false,
            cancel: CancelToken::new(),
            keep: Keep::default(),
        }
    }

    /// How many threads hash; 0: one for each core.
    pub fn threads(mut self, threads: usize) -> Self {
        self.settings.threads = threads;
        self
    }

    /// How many files may be waited for at once; 0: the engine's choice, which suits everything but rotating disks.
    /// With 1 the files are read one after the other in the order of the lists.
    pub fn reads(mut self, reads: usize) -> Self {
        self.settings.reads = reads;
        self
    }

    /// How files that are not in memory are waited for.
    pub fn io(mut self, io: Io) -> Self {
        self.settings.io = io;
        self
    }

    /// Whether files are searched for the known collision attacks on SHA-1. One that carries an attack, made so that another
    /// file has the same digest, is a [`Status::Collision`](crate::Status::Collision) whether or not its digest is the
    /// expected one. Only entries of SHA-1 are concerned; they take several times as long then.
    pub fn detect_collisions(mut self, detect: bool) -> Self {
        self.detect_collisions = detect;
        self
    }

    /// Stops the run when this token is cancelled.
    pub fn cancel(mut self, token: CancelToken) -> Self {
        self.cancel = token;
        self
    }

    /// Which outcomes the report keeps.
    pub fn keep(mut self, keep: Keep) -> Self {
        self.keep = keep;
        self
    }

    /// The same settings, but `algorithm` is computed by the caller's own `D`: a faster implementation of a built-in
    /// one, or a function that checksig does not know, under the name [`Algorithm::Custom`].
    ///
    /// ```
    /// # use checksig_core::*;
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let root = directory.path();
    /// # type Ripemd = sha1::Sha1;
    /// // A list of a hash function that checksig does not know, with digests of 20 bytes.
    /// let unknown = Algorithm::Custom(DigestLength::new(20).unwrap());
    /// std::fs::write(root.join("abc"), "abc").unwrap();
    /// let list = b"a9993e364706816aba3e25717850c26c9cd0d89d  abc\n";
    /// let manifest = Manifest::parse(list, &ParseOptions::default().algorithm(unknown));
    /// let plan = Plan::new(vec![ListInput::new("list", root, manifest)], PathPolicy::Beneath).unwrap();
    /// let report = Verifier::new().with_digest::<Ripemd>(unknown).unwrap().run(plan, &mut ()).unwrap();
    /// assert_eq!(report.counts[Status::Ok], 1);
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if the digests of `D` and of the algorithm have different lengths.
    pub fn with_digest<D: digest::Digest + Send + 'static>(
        self,
        algorithm: Algorithm,
    ) -> Result<Verifier<WithDigest<D>>, Error> {
        let hasher = WithDigest::new(algorithm).ok_or_else(|| {
            let (own, theirs) = (<D as digest::Digest>::output_size(), algorithm.digest_len());
            let message = format!("the hasher's digests have {own} bytes, and those of {algorithm} {theirs}");
            Error::new(ErrorKind::InvalidInput, message)
        })?;
        let Self { settings, detect_collisions, cancel, keep, .. } = self;
        Ok(Verifier { hasher, settings, detect_collisions, cancel, keep })
    }

    /// Starts to verify a plan's files on this machine.
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableRoot`], [`ErrorKind::NoThreads`], [`ErrorKind::NoIoUring`];
    /// [`ErrorKind::InvalidInput`] if the hasher lacks an algorithm of the plan, or is to detect collisions and cannot.
    pub fn start(&self, plan: Plan) -> Result<Outcomes, Error> {
        let source = Arc::new(plan.open_roots()?);
        self.start_in(plan, source)
    }

    /// Starts to verify a plan's files in a store of the caller's, whose roots have the numbers of the plan's.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_in(&self, plan: Plan, source: Arc<dyn Source>) -> Result<Outcomes, Error> {
        let algorithms = plan.algorithms();
        let hasher = self.hasher()?;
        if let Some(algorithm) = algorithms.iter().find(|&&a| hasher.start(a).is_none()) {
            let message = format!("there is no hasher for the algorithm {algorithm}");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let plan = Arc::new(plan);
        let work = Arc::new(VerifyWork::new(plan.clone()));
        let faulty_kernels = hasher.faulty_kernels();
        let run = Run::start(work.clone(), source, hasher, &algorithms, self.settings, self.cancel.clone())?;
        let mut weak_algorithms = algorithms;
        weak_algorithms.retain(|algorithm| !algorithm.resists_collisions());
        weak_algorithms.sort_unstable();
        let report = Report { faulty_kernels, weak_algorithms, ..Report::default() };
        Ok(Outcomes::new(plan, work, run, self.cancel.clone(), self.keep, report))
    }

    fn hasher(&self) -> Result<H, Error> {
        let hasher = self.hasher.clone();
        if !self.detect_collisions {
            return Ok(hasher);
        }
        hasher.detecting_collisions().ok_or_else(|| {
            let message = "this hasher cannot look for collision attacks; verify without detect_collisions";
            Error::new(ErrorKind::InvalidInput, message)
        })
    }

    /// Verifies a plan's files on this machine and tells the observer, on this thread, what happens.
    ///
    /// # Errors
    /// As [`start`](Self::start) and [`Outcomes::next_event`]. That files are not what the lists say is no error: see
    /// the report.
    pub fn run(&self, plan: Plan, observer: &mut dyn Observer) -> Result<Report, Error> {
        drive(self.start(plan)?, observer)
    }

    /// [`run`](Self::run) in a store of the caller's.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_in(
        &self,
        plan: Plan,
        source: Arc<dyn Source>,
        observer: &mut dyn Observer,
    ) -> Result<Report, Error> {
        drive(self.start_in(plan, source)?, observer)
    }
}

fn drive(mut outcomes: Outcomes, observer: &mut dyn Observer) -> Result<Report, Error> {
    let mut listening = true;
    while let Some(event) = outcomes.next_event() {
        let event: Event<'_> = event?;
        if listening && observer.event(event).is_break() {
            listening = false;
            // Not through the token: that would cancel every other run of this verifier, and the next ones.
            outcomes.cancel();
        }
    }
    Ok(outcomes.into_report())
}

/// Verifies a directory against its `sha1sum.txt`, that list alone, with a core's thread for each core: what the
/// program did that checksig grew out of.
///
/// ```
/// # let directory = tempfile::tempdir().unwrap();
/// # let root = directory.path();
/// std::fs::write(root.join("abc"), "abc").unwrap();
/// std::fs::write(root.join("sha1sum.txt"), "a9993e364706816aba3e25717850c26c9cd0d89d  abc\n").unwrap();
/// checksig_core::check_signatures(root).unwrap();
///
/// std::fs::write(root.join("abc"), "damaged").unwrap();
/// assert!(checksig_core::check_signatures(root).unwrap_err().to_string().contains("abc"));
/// ```
///
/// # Errors
/// [`ErrorKind::NotVerified`], with a message that names the files, unless every file is what the list says; else
/// what stopped the operation.
pub fn check_signatures(root: impl AsRef<Path>) -> Result<Report, Error> {
    let plan = Plan::new(vec![read_signatures(root)?], PathPolicy::Beneath)?;
    Verifier::new().run(plan, &mut ())?.into_result(&Policy::default())
}
