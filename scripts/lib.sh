# Shared by every script: where things are kept, how they speak, how they fail.
# Sourced, never run. Needs bash.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE="${XDG_CACHE_HOME:-${HOME:?HOME is not set: set it to a folder of yours}/.cache}/martlet"

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
note() { printf '   %s\n' "$*" >&2; }

# One clear message, what to do, and out.
die() {
    printf '\n\033[1;31merror:\033[0m %s\n' "$1" >&2
    shift
    for hint in "$@"; do printf '       %s\n' "$hint" >&2; done
    exit 1
}

require_root() {
    [ "$(id -u)" -eq 0 ] || die "this step needs root: it installs packages and makes network namespaces." \
        "Run it again with: sudo -E env \"PATH=\$PATH\" make ${MAKE_GOAL:-demo}"
}

# require_debian [FILE]: the machine is what the file says, /etc/os-release unless another is given.
require_debian() {
    local file=${1:-/etc/os-release} id="" version=""
    if [ -r "$file" ]; then
        id=$(. "$file" && echo "${ID:-}")
        version=$(. "$file" && echo "${VERSION_ID:-}")
    fi
    [ "$id" = debian ] && [ "$version" = 12 ] || die "this machine is '${id:-unknown} ${version:-}', not Debian 12." \
        "The testbed is built from Debian 12's packages. Use a Debian 12 machine, virtual machine or chroot," \
        "or install what scripts/packages.sh names yourself (busybox as a static one), point KUBE_BIN_DIR at" \
        "Kubernetes binaries, and set MARTLET_SKIP_PACKAGES=1."
}

# require_disk DIR MIB WHAT
require_disk() {
    mkdir -p "$1" 2>/dev/null || die "cannot write to $1." "Set XDG_CACHE_HOME to a folder that you may write to."
    local free
    free=$(df -Pm "$1" | awk 'NR==2{print $4}')
    [ "$free" -ge "$2" ] || die "$3 needs $2 MiB free in $1; there are $free MiB." \
        "Free some space, or set XDG_CACHE_HOME to a folder on a larger disk."
}

require_swift() {
    command -v swift >/dev/null || die "no 'swift' in PATH." \
        "Install a Swift toolchain (6.2 or newer) for Debian 12 and put its usr/bin into PATH." \
        "With sudo, keep the PATH: sudo -E env \"PATH=\$PATH\" make …"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    [ "$(printf '6.2\n%s\n' "${version:-0}" | sort -V | head -n 1)" = 6.2 ] ||
        die "the 'swift' in PATH is version ${version:-unknown}; martlet needs 6.2 or newer."
}

# require_kubernetes VARIABLE INSTEAD BINARY…: the folder that the variable names has these binaries; INSTEAD is what comes
# of it unset.
require_kubernetes() {
    local variable=$1 instead=$2 binary
    shift 2
    for binary in "$@"; do
        [ -x "${!variable}/$binary" ] || die "$variable=${!variable} has no executable '$binary'." \
            "It must hold: $*. Unset $variable to $instead."
    done
}

# raise_inotify: several clusters on one machine want more inotify instances than a user has by default (128): each API
# server of a newer release, each kubelet and each log that is followed takes some, and root's count together.
raise_inotify() {
    local limit=/proc/sys/fs/inotify/max_user_instances least=1024
    [ "$(cat "$limit")" -lt "$least" ] || return 0
    note "raising fs.inotify.max_user_instances to $least, until this machine starts again"
    echo "$least" 2>/dev/null >"$limit" ||
        note "that is not allowed here: with too few, kubelets end and logs are not followed (\"too many open files\")"
}

# take_turn LOCKFILE WHAT: holds the lock until the script ends; a line every 5 s while somebody else has it.
take_turn() {
    local started=$SECONDS
    exec 9>"$1"
    until flock -w 5 9; do note "waiting for $2: $((SECONDS - started)) s"; done
}

# progress LOGFILE LABEL COMMAND…: runs COMMAND with its output in LOGFILE; a line every 5 s says how far it is.
progress() {
    local log=$1 label=$2 started=$SECONDS pid status
    shift 2
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    trap 'kill "$pid" 2>/dev/null' INT TERM
    while kill -0 "$pid" 2>/dev/null; do
        for _ in 1 2 3 4 5; do
            sleep 1
            kill -0 "$pid" 2>/dev/null || break
        done
        kill -0 "$pid" 2>/dev/null &&
            note "$label: $((SECONDS - started)) s, $(tail -c 400 "$log" | tr '\r' '\n' | grep -v '^[[:space:]]*$' | tail -n 1 | cut -c1-90)"
    done
    trap - INT TERM
    status=0
    wait "$pid" || status=$?
    if [ "$status" -ne 0 ]; then
        tail -n 25 "$log" >&2
        return "$status"
    fi
    note "$label: done in $((SECONDS - started)) s"
}
