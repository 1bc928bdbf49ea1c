#!/usr/bin/env bash
# Prints the folder with the Kubernetes binaries for the testbed, making it first if needed.
#
# KUBE_BIN_DIR given: checked and used as it is; an etcd, containerd, ctr or runc in it is used instead of Debian's, for
# releases that want newer ones (kubelets from 1.37 on want containerd 2). Otherwise Kubernetes 1.20.2 is built once, from Debian's source
# package, into the cache: the download is checked against the package's own checksums, the build resumes where an
# interrupted one stopped, and a finished build carries the checksums of its binaries.
. "$(dirname "$0")/lib.sh"

VERSION=v1.20.2
# What is built; a cache with another revision is built anew.
REVISION=2
BINARIES=(kube-apiserver kube-controller-manager kube-scheduler kubelet kubectl)
OUT="$CACHE/kubernetes/$VERSION"
WORK="$CACHE/kubernetes/build-$VERSION"

given_binaries() {
    require_kubernetes KUBE_BIN_DIR "have Kubernetes $VERSION built from Debian's source" "${BINARIES[@]}"
    # In full, because the testbed's programs run in folders of their own.
    (cd "$KUBE_BIN_DIR" && pwd)
}

is_complete() { [ "$(cat "$OUT/revision" 2>/dev/null)" = "$REVISION" ] && (cd "$OUT" && sha256sum --quiet --strict -c SHA256SUMS >/dev/null 2>&1); }

# A copy of the machine's own package sources with source packages switched on, used through options of its own:
# the system's settings stay as they are.
source_lists() {
    local dir=$WORK/apt
    rm -rf "$dir/sources" && mkdir -p "$dir/sources" "$dir/lists/partial"
    if [ -e /etc/apt/sources.list ]; then
        sed -n 's/^deb\(-src\)\{0,1\} /deb-src /p' /etc/apt/sources.list | sort -u >"$dir/sources/system.list"
    fi
    local file
    for file in /etc/apt/sources.list.d/*.list; do
        [ -e "$file" ] && sed -n 's/^deb\(-src\)\{0,1\} /deb-src /p' "$file" | grep -w main >"$dir/sources/$(basename "$file")" || true
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -e "$file" ] && grep -q debian-archive-keyring "$file" || continue
        sed 's/^Types:.*/Types: deb-src/' "$file" >"$dir/sources/$(basename "$file")"
    done
    [ -n "$(find "$dir/sources" -type f -size +0)" ] || die "no package source of Debian's was found in /etc/apt." \
        "Kubernetes is built from Debian's source package: add the distribution's line to /etc/apt/sources.list."
}

apt_source() {
    apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$WORK/apt/sources" \
        -o Dir::State::lists="$WORK/apt/lists" -o APT::Sandbox::User=root -o APT::Get::List-Cleanup=0 "$@"
}

download() {
    [ -e "$WORK/downloaded" ] && return 0
    say "Fetching the source package of Kubernetes (34 MB, usually under a minute)"
    source_lists
    progress "$CACHE/log/kubernetes-lists.log" "source lists" apt_source update ||
        die "apt could not read the source packages' list." "Check the network; the log is $CACHE/log/kubernetes-lists.log."
    (cd "$WORK" && progress "$CACHE/log/kubernetes-download.log" "source" apt_source source --download-only kubernetes) ||
        die "the source package could not be fetched." "Check the network and run the command again: it resumes."
    (cd "$WORK" && awk '/^Checksums-Sha256:/{on=1;next} /^[^ ]/{on=0} on{print $1"  "$3}' kubernetes_*.dsc | sha256sum --strict -c - >/dev/null) ||
        { rm -f "$WORK"/kubernetes_*; die "the fetched source does not match its checksums; it was removed." "Run the command again."; }
    touch "$WORK/downloaded"
}

# The vendored reflect2 1.0.1 calls the Go runtime's mapiterinit as it was until Go 1.17. Built with a newer Go, the first
# map that the API server writes as JSON spoils memory, and the next object with labels that it reads is a panic.
# 1.0.2 is the same library with that call mended.
replace_reflect2() {
    local library=github.com/modern-go/reflect2
    rm -rf "$WORK/tree/vendor/$library"
    cp -r "$CACHE/tools/usr/share/gocode/src/$library" "$WORK/tree/vendor/$library" ||
        die "Debian's golang-github-modern-go-reflect2-dev is not in $CACHE/tools." "Remove $CACHE/tools and run the command again."
}

unpack() {
    [ -e "$WORK/unpacked" ] && return 0
    rm -rf "$WORK/tree" && mkdir -p "$WORK/tree"
    progress "$CACHE/log/kubernetes-unpack.log" "unpacking" tar -xf "$WORK"/kubernetes_*.orig.tar.* -C "$WORK/tree" --strip-components=1 ||
        die "the source could not be unpacked into $WORK." "Is the disk full?"
    replace_reflect2
    git -c init.defaultBranch=main init -q "$WORK/tree"
    cat >"$WORK/version" <<END
KUBE_GIT_COMMIT='faecb196815e248d3ecfb03c680a4507229c2a56'
KUBE_GIT_TREE_STATE='clean'
KUBE_GIT_VERSION='$VERSION'
KUBE_GIT_MAJOR='1'
KUBE_GIT_MINOR='20'
END
    touch "$WORK/unpacked"
}

# GOFLAGS=-v makes the build name each package as it compiles it: that is what the progress line shows.
compile() {
    say "Building Kubernetes $VERSION, once (usually 8 minutes on 2 cores; an interrupted build resumes)"
    local what="" binary
    for binary in "${BINARIES[@]}"; do what+=" cmd/$binary"; done
    progress "$CACHE/log/kubernetes-build.log" "kubernetes" \
        env PATH="/usr/lib/go-1.19/bin:$PATH" GOCACHE="$WORK/gocache" GOFLAGS=-v GOPROXY=off GOTOOLCHAIN=local HOME="$WORK" \
        make -C "$WORK/tree" KUBE_GIT_VERSION_FILE="$WORK/version" WHAT="${what# }" ||
        die "Kubernetes did not build." "The log is $CACHE/log/kubernetes-build.log; run the command again to resume."
}

install_result() {
    rm -rf "$OUT.new" && mkdir -p "$OUT.new"
    local binary
    for binary in "${BINARIES[@]}"; do
        cp "$WORK/tree/_output/bin/$binary" "$OUT.new/"
    done
    (cd "$OUT.new" && sha256sum "${BINARIES[@]}" >SHA256SUMS)
    echo "$REVISION" >"$OUT.new/revision"
    rm -rf "$OUT" && mv "$OUT.new" "$OUT"
    rm -rf "$WORK"
}

if [ -n "${KUBE_BIN_DIR:-}" ]; then
    given_binaries
    exit
fi
if ! is_complete; then
    mkdir -p "$CACHE/kubernetes"
    take_turn "$CACHE/kubernetes/.lock" "another build of Kubernetes"
    if ! is_complete; then
        require_disk "$CACHE" 4000 "building Kubernetes"
        mkdir -p "$WORK"
        "$ROOT/scripts/packages.sh" kubernetes
        download
        unpack
        compile
        install_result
    fi
fi
echo "$OUT"
