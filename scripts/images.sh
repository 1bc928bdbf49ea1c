#!/usr/bin/env bash
# Prints the path of an archive with the container images of the testbed, making it first if needed.
#
# No registry is asked: the images hold Debian's static busybox and a few lines of our own. One archive holds all of
# them, so that a node needs one import. It is kept in the cache under the digest of all that goes into it.
#
#   localhost/pause:1           what holds the namespaces of a pod
#   busybox:1.35                the shell and its tools
#   localhost/kubectl:1         busybox with the kubectl of the testbed's Kubernetes: a real in-cluster client
#   localhost/echo:1, echo:2    an HTTP server that tells who answered; two tags of the same bits, for rolling updates
. "$(dirname "$0")/lib.sh"

BUSYBOX="$CACHE/tools/bin/busybox"
[ -e "$BUSYBOX" ] || [ -z "${MARTLET_SKIP_PACKAGES:-}" ] || BUSYBOX=$(command -v busybox || echo "$BUSYBOX")
KUBECTL="$("$ROOT/scripts/kubernetes.sh")/kubectl"

# The first process of a pod: keeps the pod's namespaces, reaps orphans, ends on request.
pause_source() {
    cat <<'END'
#include <signal.h>
#include <sys/wait.h>

int main(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, 0);
    for (int signal;;) {
        if (sigwait(&signals, &signal) != 0) return 1;
        if (signal != SIGCHLD) return 0;
        while (waitpid(-1, 0, WNOHANG) > 0) {}
    }
}
END
}

# The answer of localhost/echo: a pod names itself by its hostname, its node by NODE_NAME, if the pod spec sets that.
echo_page() {
    cat <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
echo "pod: $(hostname)"
echo "node: ${NODE_NAME:-unknown}"
echo "address: $(hostname -i 2>/dev/null)"
echo "request: $REQUEST_METHOD $REQUEST_URI"
echo "environment:"
env | sort | sed 's/^/  /'
END
}

# As the first process of its container, httpd itself would never see a TERM that it has no handler for.
ECHO_COMMAND="trap 'kill \$!; exit 0' TERM INT; httpd -f -p 8080 -h /www & wait"

# The root file systems, under $1.
make_roots() {
    local busybox_root=$1/busybox echo_root=$1/echo pause_root=$1/pause kubectl_root=$1/kubectl applet
    mkdir -p "$busybox_root"/{bin,etc,tmp,root,var} "$pause_root"
    cp "$BUSYBOX" "$busybox_root/bin/busybox"
    while read -r applet; do
        ln -sf busybox "$busybox_root/bin/$applet"
    done < <("$BUSYBOX" --list | grep -vx busybox)
    chmod 1777 "$busybox_root/tmp"
    printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$busybox_root/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' >"$busybox_root/etc/group"
    cp -a "$busybox_root" "$echo_root"
    cp -a "$busybox_root" "$kubectl_root"
    cp "$KUBECTL" "$kubectl_root/bin/kubectl"
    mkdir -p "$echo_root/www/cgi-bin"
    echo_page >"$echo_root/www/cgi-bin/index.cgi"
    chmod 755 "$echo_root/www/cgi-bin/index.cgi"
    pause_source | cc -x c -O2 -static -s -o "$pause_root/pause" -
}

digest() { sha256sum "$1" | cut -d' ' -f1; }

# image ARCHIVE_DIR ROOT REFERENCES COMMAND: one layer and its configuration; prints the manifest's entry.
# REFERENCES and COMMAND are the insides of JSON lists: '"a","b"'.
image() {
    local archive=$1 root=$2 references=$3 command=$4 name layer
    name=$(basename "$root")
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$archive/$name.tar" -C "$root" .
    layer=$(digest "$archive/$name.tar")
    printf '{"architecture":"%s","os":"linux","created":"1970-01-01T00:00:00Z","config":{"Env":["PATH=/bin"],"Entrypoint":null,"Cmd":[%s],"WorkingDir":"/"},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
        "$(dpkg --print-architecture)" "$command" "$layer" >"$archive/$name.json"
    printf '{"Config":"%s.json","RepoTags":[%s],"Layers":["%s.tar"]}' "$name" "$references" "$name"
}

make_archive() {
    local out=$1 work=$2
    mkdir -p "$work/roots" "$work/archive"
    make_roots "$work/roots"
    printf '[%s,%s,%s,%s]' \
        "$(image "$work/archive" "$work/roots/pause" '"localhost/pause:1"' '"/pause"')" \
        "$(image "$work/archive" "$work/roots/busybox" '"busybox:1.35"' '"sh"')" \
        "$(image "$work/archive" "$work/roots/kubectl" '"localhost/kubectl:1"' '"sh"')" \
        "$(image "$work/archive" "$work/roots/echo" '"localhost/echo:1","localhost/echo:2"' "\"sh\",\"-c\",\"$ECHO_COMMAND\"")" \
        >"$work/archive/manifest.json"
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$work/images.tar" -C "$work/archive" .
    mv "$work/images.tar" "$out"
}

[ -x "$BUSYBOX" ] || die "there is no busybox in $CACHE/tools." "Run scripts/packages.sh all first."
# The image has no dynamic linker.
! ldd "$KUBECTL" >/dev/null 2>&1 ||
    note "$KUBECTL is linked dynamically: it can't run in a container, and the tests that try will fail"
command -v cc >/dev/null || die "no C compiler 'cc' in PATH." "Run scripts/packages.sh build first."
mkdir -p "$CACHE/images"
KEY=$(cat "$BUSYBOX" "$KUBECTL" "${BASH_SOURCE[0]}" | sha256sum | cut -c1-16)
ARCHIVE="$CACHE/images/$KEY.tar"
if [ ! -e "$ARCHIVE" ]; then
    note "making the container images (a few seconds)"
    WORK=$(mktemp -d "$CACHE/images/.work.XXXXXX")
    trap 'rm -rf "$WORK"' EXIT
    make_archive "$ARCHIVE" "$WORK"
    find "$CACHE/images" -maxdepth 1 -name '*.tar' ! -name "$KEY.tar" -mtime +1 -delete
fi
# Where the testbed looks: beside the other tools. Renamed into place, so that there is one at any time.
ln -sfn "$ARCHIVE" "$CACHE/tools/.images.tar.$$" && mv -T "$CACHE/tools/.images.tar.$$" "$CACHE/tools/images.tar"
echo "$ARCHIVE"
