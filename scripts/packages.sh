#!/usr/bin/env bash
# Everything that comes from Debian: libraries to build against are installed; the daemons of the testbed are only
# unpacked into the cache, so that none is started or enabled and none displaces what the machine already runs
# (Docker's own containerd, a full busybox).
. "$(dirname "$0")/lib.sh"

INSTALL=(build-essential pkg-config libcurl4-openssl-dev libssl-dev libyaml-dev libsimdjson-dev
    ca-certificates openssl iproute2 iptables libseccomp2 rsync git)
UNPACK=(etcd-server containerd runc containernetworking-plugins busybox-static libfaketime)
TOOLS="$CACHE/tools"

apt_failed() {
    die "apt could not $1." "Check the network and that 'apt-get update' works on this machine, then run the command again." \
        "Already have everything (see the lists in scripts/packages.sh)? Set MARTLET_SKIP_PACKAGES=1."
}

refresh_lists() {
    [ -z "${LISTS_FRESH:-}" ] || return 0
    require_root
    progress "$CACHE/log/apt-update.log" "package lists" apt-get -q update || apt_failed "refresh its package lists"
    LISTS_FRESH=1
}

missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
    done
}

install_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    require_root
    say "Installing from Debian: ${missing[*]} (usually under a minute)"
    refresh_lists
    progress "$CACHE/log/apt-install.log" "packages" \
        env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${missing[@]}" ||
        apt_failed "install ${missing[*]}"
}

unpack_packages() {
    local package stamp
    mkdir -p "$TOOLS/.packages"
    for package in "$@"; do
        stamp="$TOOLS/.packages/$package"
        [ -e "$stamp" ] && continue
        say "Unpacking $package into the cache"
        refresh_lists
        rm -rf "$TOOLS/.download" && mkdir -p "$TOOLS/.download"
        (cd "$TOOLS/.download" && progress "$CACHE/log/unpack-$package.log" "$package" apt-get -q -o APT::Sandbox::User=root download "$package") ||
            apt_failed "download $package"
        dpkg-deb -x "$TOOLS/.download"/*.deb "$TOOLS" || die "$package could not be unpacked into $TOOLS." "Is the disk full?"
        touch "$stamp"
    done
    rm -rf "$TOOLS/.download"
}

[ -z "${MARTLET_SKIP_PACKAGES:-}" ] || exit 0
require_debian
require_disk "$CACHE" 500 "the testbed's packages"
mkdir -p "$CACHE"
take_turn "$CACHE/.packages.lock" "another set-up of packages"
case "${1:-all}" in
build) install_packages "${INSTALL[@]}" ;;
kubernetes)
    install_packages "${INSTALL[@]}" golang-1.19-go
    unpack_packages golang-github-modern-go-reflect2-dev
    ;;
relay)
    # What the benchmark of relaying compares martlet with.
    unpack_packages nginx libnginx-mod-stream
    ;;
all)
    install_packages "${INSTALL[@]}"
    unpack_packages "${UNPACK[@]}"
    ;;
*) die "packages.sh: unknown group '$1'" "Use: build, kubernetes, relay or all." ;;
esac
