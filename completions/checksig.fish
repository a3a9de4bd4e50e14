# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_checksig_global_optspecs
    string join \n h/help V/version
end

function __fish_checksig_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_checksig_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_checksig_using_subcommand
    set -l cmd (__fish_checksig_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c checksig -n "__fish_checksig_needs_command" -s h -l help -d 'Print help'
complete -c checksig -n "__fish_checksig_needs_command" -s V -l version -d 'Print version'
complete -c checksig -n "__fish_checksig_needs_command" -f -a "verify" -d 'Check files against checksum lists'
complete -c checksig -n "__fish_checksig_needs_command" -f -a "hash" -d 'Print the checksums of files'
complete -c checksig -n "__fish_checksig_needs_command" -f -a "create" -d 'Make checksum lists of files and directories'
complete -c checksig -n "__fish_checksig_needs_command" -f -a "update" -d 'Add to checksum lists the files that are new'
complete -c checksig -n "__fish_checksig_needs_command" -f -a "b2sum" -d 'Print or check BLAKE2b checksums, as b2sum of GNU coreutils does'
complete -c checksig -n "__fish_checksig_needs_command" -f -a "md5sum" -d 'Print or check MD5 checksums, as md5sum of GNU coreutils does'
complete -c checksig -n "__fish_checksig_needs_command" -f -a "sha1sum" -d 'Print or check SHA1 checksums, as sha1sum of GNU coreutils does'
complete -c checksig -n "__fish_checksig_needs_command" -f -a "sha224sum" -d 'Print or check SHA224 checksums, as sha224sum of GNU coreutils does'
complete -c checksig -n "__fish_checksig_needs_command" -f -a "sha256sum" -d 'Print or check SHA256 checksums, as sha256sum of GNU coreutils does'
complete -c checksig -n "__fish_checksig_needs_command" -f -a "sha384sum" -d 'Print or check SHA384 checksums, as sha384sum of GNU coreutils does'
complete -c checksig -n "__fish_checksig_needs_command" -f -a "sha512sum" -d 'Print or check SHA512 checksums, as sha512sum of GNU coreutils does'
complete -c checksig -n "__fish_checksig_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c checksig -n "__fish_checksig_using_subcommand verify" -l expect -d 'Check one file, named in the place of a list, for this digest: HEX, sha256:HEX or sha256-BASE64' -r
complete -c checksig -n "__fish_checksig_using_subcommand verify" -l root -d 'Where the lists\' paths begin [default: the directory of each list]' -r -F
complete -c checksig -n "__fish_checksig_using_subcommand verify" -s a -l algorithm -d 'The algorithm of the lists [default: by list name, then by digest length]' -r
complete -c checksig -n "__fish_checksig_using_subcommand verify" -l threads -d 'Threads that hash, at most [default: one for each core]' -r
complete -c checksig -n "__fish_checksig_using_subcommand verify" -l reads -d 'Files that may be waited for at once; 1 reads in list order, for rotating disks [default: 32, with io_uring 256]' -r
complete -c checksig -n "__fish_checksig_using_subcommand verify" -l io -d 'How files that are not in memory are waited for: uring, blocking, or auto (uring where the kernel has it)' -r -f -a "auto\t''
uring\t''
blocking\t''"
complete -c checksig -n "__fish_checksig_using_subcommand verify" -s v -l verbose -d 'Say something about every file, and how long it took'
complete -c checksig -n "__fish_checksig_using_subcommand verify" -s q -l quiet -d 'Say only what failed'
complete -c checksig -n "__fish_checksig_using_subcommand verify" -l json -d 'Print JSON Lines'
complete -c checksig -n "__fish_checksig_using_subcommand verify" -l detect-collisions -d 'Fail files that carry a known collision attack on SHA-1, whatever their digests; slow'
complete -c checksig -n "__fish_checksig_using_subcommand verify" -l ignore-missing -d 'Missing files are no failure'
complete -c checksig -n "__fish_checksig_using_subcommand verify" -l allow-malformed -d 'Lines that are no entries are no failure'
complete -c checksig -n "__fish_checksig_using_subcommand verify" -s h -l help -d 'Print help'
complete -c checksig -n "__fish_checksig_using_subcommand hash" -s a -l algorithm -d 'The algorithm: md5, sha1, sha224, sha256, sha384, sha512, sha512/256, sha3-224, sha3-256, sha3-384, sha3-512, blake3, blake2b (or blake2b-N, N bits: 8, 16 … 512)' -r
complete -c checksig -n "__fish_checksig_using_subcommand hash" -l threads -d 'Threads that hash, at most [default: one for each core]' -r
complete -c checksig -n "__fish_checksig_using_subcommand hash" -l reads -d 'Files that may be waited for at once; 1 reads in list order, for rotating disks [default: 32, with io_uring 256]' -r
complete -c checksig -n "__fish_checksig_using_subcommand hash" -l tag -d 'Print lines of the form SHA256 (file) = digest'
complete -c checksig -n "__fish_checksig_using_subcommand hash" -s h -l help -d 'Print help'
complete -c checksig -n "__fish_checksig_using_subcommand create" -s o -l output -d 'Where the list goes: a file, a directory, or - for standard output [default: sha256sum.txt in the directory]' -r -F
complete -c checksig -n "__fish_checksig_using_subcommand create" -s a -l algorithm -d 'The algorithm: md5, sha1, sha224, sha256, sha384, sha512, sha512/256, sha3-224, sha3-256, sha3-384, sha3-512, blake3, blake2b (or blake2b-N, N bits: 8, 16 … 512); several make several lists' -r
complete -c checksig -n "__fish_checksig_using_subcommand create" -s x -l exclude -d 'Leave out what matches, and what is in it' -r
complete -c checksig -n "__fish_checksig_using_subcommand create" -l threads -d 'Threads that hash, at most [default: one for each core]' -r
complete -c checksig -n "__fish_checksig_using_subcommand create" -l reads -d 'Files that may be waited for at once; 1 reads in list order, for rotating disks [default: 32, with io_uring 256]' -r
complete -c checksig -n "__fish_checksig_using_subcommand create" -l tag -d 'Write lines of the form SHA256 (file) = digest'
complete -c checksig -n "__fish_checksig_using_subcommand create" -l follow -d 'Follow symlinks that stay in the list\'s directory'
complete -c checksig -n "__fish_checksig_using_subcommand create" -l no-follow -d 'Do not follow symlinks [default]'
complete -c checksig -n "__fish_checksig_using_subcommand create" -s f -l force -d 'Replace lists that are there already'
complete -c checksig -n "__fish_checksig_using_subcommand create" -s h -l help -d 'Print help'
complete -c checksig -n "__fish_checksig_using_subcommand update" -s a -l algorithm -d 'The algorithm of untagged lines [default: by list name, then by digest length]' -r
complete -c checksig -n "__fish_checksig_using_subcommand update" -s x -l exclude -d 'Leave out what matches, and what is in it' -r
complete -c checksig -n "__fish_checksig_using_subcommand update" -l threads -d 'Threads that hash, at most [default: one for each core]' -r
complete -c checksig -n "__fish_checksig_using_subcommand update" -l reads -d 'Files that may be waited for at once; 1 reads in list order, for rotating disks [default: 32, with io_uring 256]' -r
complete -c checksig -n "__fish_checksig_using_subcommand update" -l changed -d 'Hash listed files again that were changed since the list was made'
complete -c checksig -n "__fish_checksig_using_subcommand update" -l prune -d 'Drop the lines of files that are gone'
complete -c checksig -n "__fish_checksig_using_subcommand update" -l follow -d 'Follow symlinks that stay in the list\'s directory'
complete -c checksig -n "__fish_checksig_using_subcommand update" -l no-follow -d 'Do not follow symlinks [default]'
complete -c checksig -n "__fish_checksig_using_subcommand update" -s h -l help -d 'Print help'
complete -c checksig -n "__fish_checksig_using_subcommand b2sum" -s l -l length -d 'Digest length in bits: a multiple of 8, at most 512' -r
complete -c checksig -n "__fish_checksig_using_subcommand b2sum" -s c -l check -d 'Check the files that the lists name'
complete -c checksig -n "__fish_checksig_using_subcommand b2sum" -l ignore-missing -d 'With --check: missing files are no failure'
complete -c checksig -n "__fish_checksig_using_subcommand b2sum" -l quiet -d 'With --check: print no line for a file that is OK'
complete -c checksig -n "__fish_checksig_using_subcommand b2sum" -l status -d 'With --check: print nothing, the exit status tells'
complete -c checksig -n "__fish_checksig_using_subcommand b2sum" -s w -l warn -d 'With --check: name improperly formatted lines'
complete -c checksig -n "__fish_checksig_using_subcommand b2sum" -l strict -d 'With --check: improperly formatted lines are a failure'
complete -c checksig -n "__fish_checksig_using_subcommand b2sum" -l tag -d 'Print lines of the form TAG (file) = digest'
complete -c checksig -n "__fish_checksig_using_subcommand b2sum" -s z -l zero -d 'End lines with NUL and escape no names'
complete -c checksig -n "__fish_checksig_using_subcommand b2sum" -s b -l binary -d 'Print * before the names'
complete -c checksig -n "__fish_checksig_using_subcommand b2sum" -s t -l text -d 'Print a space before the names (default)'
complete -c checksig -n "__fish_checksig_using_subcommand b2sum" -l help -d 'Print this help'
complete -c checksig -n "__fish_checksig_using_subcommand b2sum" -l version -d 'Print the version'
complete -c checksig -n "__fish_checksig_using_subcommand b2sum" -l read-special -d 'With --check: read FIFOs and devices that a list names, as GNU does'
complete -c checksig -n "__fish_checksig_using_subcommand md5sum" -s c -l check -d 'Check the files that the lists name'
complete -c checksig -n "__fish_checksig_using_subcommand md5sum" -l ignore-missing -d 'With --check: missing files are no failure'
complete -c checksig -n "__fish_checksig_using_subcommand md5sum" -l quiet -d 'With --check: print no line for a file that is OK'
complete -c checksig -n "__fish_checksig_using_subcommand md5sum" -l status -d 'With --check: print nothing, the exit status tells'
complete -c checksig -n "__fish_checksig_using_subcommand md5sum" -s w -l warn -d 'With --check: name improperly formatted lines'
complete -c checksig -n "__fish_checksig_using_subcommand md5sum" -l strict -d 'With --check: improperly formatted lines are a failure'
complete -c checksig -n "__fish_checksig_using_subcommand md5sum" -l tag -d 'Print lines of the form TAG (file) = digest'
complete -c checksig -n "__fish_checksig_using_subcommand md5sum" -s z -l zero -d 'End lines with NUL and escape no names'
complete -c checksig -n "__fish_checksig_using_subcommand md5sum" -s b -l binary -d 'Print * before the names'
complete -c checksig -n "__fish_checksig_using_subcommand md5sum" -s t -l text -d 'Print a space before the names (default)'
complete -c checksig -n "__fish_checksig_using_subcommand md5sum" -l help -d 'Print this help'
complete -c checksig -n "__fish_checksig_using_subcommand md5sum" -l version -d 'Print the version'
complete -c checksig -n "__fish_checksig_using_subcommand md5sum" -l read-special -d 'With --check: read FIFOs and devices that a list names, as GNU does'
complete -c checksig -n "__fish_checksig_using_subcommand sha1sum" -s c -l check -d 'Check the files that the lists name'
complete -c checksig -n "__fish_checksig_using_subcommand sha1sum" -l ignore-missing -d 'With --check: missing files are no failure'
complete -c checksig -n "__fish_checksig_using_subcommand sha1sum" -l quiet -d 'With --check: print no line for a file that is OK'
complete -c checksig -n "__fish_checksig_using_subcommand sha1sum" -l status -d 'With --check: print nothing, the exit status tells'
complete -c checksig -n "__fish_checksig_using_subcommand sha1sum" -s w -l warn -d 'With --check: name improperly formatted lines'
complete -c checksig -n "__fish_checksig_using_subcommand sha1sum" -l strict -d 'With --check: improperly formatted lines are a failure'
complete -c checksig -n "__fish_checksig_using_subcommand sha1sum" -l tag -d 'Print lines of the form TAG (file) = digest'
complete -c checksig -n "__fish_checksig_using_subcommand sha1sum" -s z -l zero -d 'End lines with NUL and escape no names'
complete -c checksig -n "__fish_checksig_using_subcommand sha1sum" -s b -l binary -d 'Print * before the names'
complete -c checksig -n "__fish_checksig_using_subcommand sha1sum" -s t -l text -d 'Print a space before the names (default)'
complete -c checksig -n "__fish_checksig_using_subcommand sha1sum" -l help -d 'Print this help'
complete -c checksig -n "__fish_checksig_using_subcommand sha1sum" -l version -d 'Print the version'
complete -c checksig -n "__fish_checksig_using_subcommand sha1sum" -l read-special -d 'With --check: read FIFOs and devices that a list names, as GNU does'
complete -c checksig -n "__fish_checksig_using_subcommand sha224sum" -s c -l check -d 'Check the files that the lists name'
complete -c checksig -n "__fish_checksig_using_subcommand sha224sum" -l ignore-missing -d 'With --check: missing files are no failure'
complete -c checksig -n "__fish_checksig_using_subcommand sha224sum" -l quiet -d 'With --check: print no line for a file that is OK'
complete -c checksig -n "__fish_checksig_using_subcommand sha224sum" -l status -d 'With --check: print nothing, the exit status tells'
complete -c checksig -n "__fish_checksig_using_subcommand sha224sum" -s w -l warn -d 'With --check: name improperly formatted lines'
complete -c checksig -n "__fish_checksig_using_subcommand sha224sum" -l strict -d 'With --check: improperly formatted lines are a failure'
complete -c checksig -n "__fish_checksig_using_subcommand sha224sum" -l tag -d 'Print lines of the form TAG (file) = digest'
complete -c checksig -n "__fish_checksig_using_subcommand sha224sum" -s z -l zero -d 'End lines with NUL and escape no names'
complete -c checksig -n "__fish_checksig_using_subcommand sha224sum" -s b -l binary -d 'Print * before the names'
complete -c checksig -n "__fish_checksig_using_subcommand sha224sum" -s t -l text -d 'Print a space before the names (default)'
complete -c checksig -n "__fish_checksig_using_subcommand sha224sum" -l help -d 'Print this help'
complete -c checksig -n "__fish_checksig_using_subcommand sha224sum" -l version -d 'Print the version'
complete -c checksig -n "__fish_checksig_using_subcommand sha224sum" -l read-special -d 'With --check: read FIFOs and devices that a list names, as GNU does'
complete -c checksig -n "__fish_checksig_using_subcommand sha256sum" -s c -l check -d 'Check the files that the lists name'
complete -c checksig -n "__fish_checksig_using_subcommand sha256sum" -l ignore-missing -d 'With --check: missing files are no failure'
complete -c checksig -n "__fish_checksig_using_subcommand sha256sum" -l quiet -d 'With --check: print no line for a file that is OK'
complete -c checksig -n "__fish_checksig_using_subcommand sha256sum" -l status -d 'With --check: print nothing, the exit status tells'
complete -c checksig -n "__fish_checksig_using_subcommand sha256sum" -s w -l warn -d 'With --check: name improperly formatted lines'
complete -c checksig -n "__fish_checksig_using_subcommand sha256sum" -l strict -d 'With --check: improperly formatted lines are a failure'
complete -c checksig -n "__fish_checksig_using_subcommand sha256sum" -l tag -d 'Print lines of the form TAG (file) = digest'
complete -c checksig -n "__fish_checksig_using_subcommand sha256sum" -s z -l zero -d 'End lines with NUL and escape no names'
complete -c checksig -n "__fish_checksig_using_subcommand sha256sum" -s b -l binary -d 'Print * before the names'
complete -c checksig -n "__fish_checksig_using_subcommand sha256sum" -s t -l text -d 'Print a space before the names (default)'
complete -c checksig -n "__fish_checksig_using_subcommand sha256sum" -l help -d 'Print this help'
complete -c checksig -n "__fish_checksig_using_subcommand sha256sum" -l version -d 'Print the version'
complete -c checksig -n "__fish_checksig_using_subcommand sha256sum" -l read-special -d 'With --check: read FIFOs and devices that a list names, as GNU does'
complete -c checksig -n "__fish_checksig_using_subcommand sha384sum" -s c -l check -d 'Check the files that the lists name'
complete -c checksig -n "__fish_checksig_using_subcommand sha384sum" -l ignore-missing -d 'With --check: missing files are no failure'
complete -c checksig -n "__fish_checksig_using_subcommand sha384sum" -l quiet -d 'With --check: print no line for a file that is OK'
complete -c checksig -n "__fish_checksig_using_subcommand sha384sum" -l status -d 'With --check: print nothing, the exit status tells'
complete -c checksig -n "__fish_checksig_using_subcommand sha384sum" -s w -l warn -d 'With --check: name improperly formatted lines'
complete -c checksig -n "__fish_checksig_using_subcommand sha384sum" -l strict -d 'With --check: improperly formatted lines are a failure'
complete -c checksig -n "__fish_checksig_using_subcommand sha384sum" -l tag -d 'Print lines of the form TAG (file) = digest'
complete -c checksig -n "__fish_checksig_using_subcommand sha384sum" -s z -l zero -d 'End lines with NUL and escape no names'
complete -c checksig -n "__fish_checksig_using_subcommand sha384sum" -s b -l binary -d 'Print * before the names'
complete -c checksig -n "__fish_checksig_using_subcommand sha384sum" -s t -l text -d 'Print a space before the names (default)'
complete -c checksig -n "__fish_checksig_using_subcommand sha384sum" -l help -d 'Print this help'
complete -c checksig -n "__fish_checksig_using_subcommand sha384sum" -l version -d 'Print the version'
complete -c checksig -n "__fish_checksig_using_subcommand sha384sum" -l read-special -d 'With --check: read FIFOs and devices that a list names, as GNU does'
complete -c checksig -n "__fish_checksig_using_subcommand sha512sum" -s c -l check -d 'Check the files that the lists name'
complete -c checksig -n "__fish_checksig_using_subcommand sha512sum" -l ignore-missing -d 'With --check: missing files are no failure'
complete -c checksig -n "__fish_checksig_using_subcommand sha512sum" -l quiet -d 'With --check: print no line for a file that is OK'
complete -c checksig -n "__fish_checksig_using_subcommand sha512sum" -l status -d 'With --check: print nothing, the exit status tells'
complete -c checksig -n "__fish_checksig_using_subcommand sha512sum" -s w -l warn -d 'With --check: name improperly formatted lines'
complete -c checksig -n "__fish_checksig_using_subcommand sha512sum" -l strict -d 'With --check: improperly formatted lines are a failure'
complete -c checksig -n "__fish_checksig_using_subcommand sha512sum" -l tag -d 'Print lines of the form TAG (file) = digest'
complete -c checksig -n "__fish_checksig_using_subcommand sha512sum" -s z -l zero -d 'End lines with NUL and escape no names'
complete -c checksig -n "__fish_checksig_using_subcommand sha512sum" -s b -l binary -d 'Print * before the names'
complete -c checksig -n "__fish_checksig_using_subcommand sha512sum" -s t -l text -d 'Print a space before the names (default)'
complete -c checksig -n "__fish_checksig_using_subcommand sha512sum" -l help -d 'Print this help'
complete -c checksig -n "__fish_checksig_using_subcommand sha512sum" -l version -d 'Print the version'
complete -c checksig -n "__fish_checksig_using_subcommand sha512sum" -l read-special -d 'With --check: read FIFOs and devices that a list names, as GNU does'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update b2sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum help" -f -a "verify" -d 'Check files against checksum lists'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update b2sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum help" -f -a "hash" -d 'Print the checksums of files'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update b2sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum help" -f -a "create" -d 'Make checksum lists of files and directories'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update b2sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum help" -f -a "update" -d 'Add to checksum lists the files that are new'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update b2sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum help" -f -a "b2sum" -d 'Print or check BLAKE2b checksums, as b2sum of GNU coreutils does'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update b2sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum help" -f -a "md5sum" -d 'Print or check MD5 checksums, as md5sum of GNU coreutils does'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update b2sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum help" -f -a "sha1sum" -d 'Print or check SHA1 checksums, as sha1sum of GNU coreutils does'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update b2sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum help" -f -a "sha224sum" -d 'Print or check SHA224 checksums, as sha224sum of GNU coreutils does'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update b2sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum help" -f -a "sha256sum" -d 'Print or check SHA256 checksums, as sha256sum of GNU coreutils does'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update b2sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum help" -f -a "sha384sum" -d 'Print or check SHA384 checksums, as sha384sum of GNU coreutils does'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update b2sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum help" -f -a "sha512sum" -d 'Print or check SHA512 checksums, as sha512sum of GNU coreutils does'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update b2sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
