"""Is every listed file exactly what its checksum list says?

Verifies files against lists like ``sha256sum.txt``: in parallel, with an answer of its own for a file that differs, is
missing, could not be read, changed meanwhile or lies outside the directory.

>>> report = checksig.verify("examples/damaged")
>>> report
<Report: not verified: 1 mismatch, 1 missing; verified 8 of 10 listed files (28.5 kB read to the end)>
>>> [outcome.path for outcome in report]
['httpd-03.log', 'httpd-06.log']

``check_signatures`` raises unless a directory is what its ``sha1sum.txt`` says, ``iter_verify`` gives results as they
come, ``averify`` is for asyncio, ``hash_file`` and ``hash_files`` compute digests, and ``parse`` reads a list alone.
"""

from checksig._checksig import CancelToken, Entry, Outcome, __version__
from checksig._errors import ChecksigError, ManifestError, VerificationError
from checksig._events import Event, Finished, Progress, Started
from checksig._hash import HashedFile, hash_file, hash_files
from checksig._manifest import Manifest, parse
from checksig._names import Algorithm, Status
from checksig._report import MalformedLine, Report
from checksig._verify import Outcomes, averify, check_signatures, iter_verify, verify

__all__ = [
    "Algorithm",
    "CancelToken",
    "ChecksigError",
    "Entry",
    "Event",
    "Finished",
    "HashedFile",
    "MalformedLine",
    "Manifest",
    "ManifestError",
    "Outcome",
    "Outcomes",
    "Progress",
    "Report",
    "Started",
    "Status",
    "VerificationError",
    "__version__",
    "averify",
    "check_signatures",
    "hash_file",
    "hash_files",
    "iter_verify",
    "parse",
    "verify",
]

# One name for each, in tracebacks and pickles too: which file it is in is nobody's business.
for _name in __all__:
    if getattr(globals()[_name], "__module__", "").startswith("checksig."):
        globals()[_name].__module__ = "checksig"
del _name
