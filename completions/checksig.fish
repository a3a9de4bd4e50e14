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
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update help" -f -a "verify" -d 'Check files against checksum lists'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update help" -f -a "hash" -d 'Print the checksums of files'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update help" -f -a "create" -d 'Make checksum lists of files and directories'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update help" -f -a "update" -d 'Add to checksum lists the files that are new'
complete -c checksig -n "__fish_checksig_using_subcommand help; and not __fish_seen_subcommand_from verify hash create update help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
