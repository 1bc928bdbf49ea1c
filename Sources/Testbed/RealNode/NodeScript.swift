/// What the first process of a node runs in its new mount namespace: it gives the node directories of its own, then
/// holds the namespaces until it is killed. When the last process of the node has ended, all of it is gone.
enum NodeScript {
    /// Takes the node's directory in the run as its only argument. `/run` is replaced, and the directory may be below
    /// it, so it is held open and mounted through its descriptor.
    static let setUp = """
        set -eu
        exec 7<"$1"
        mount --make-rprivate /
        mount -t tmpfs -o mode=755 tmpfs /run
        mkdir -p /run/node /run/lock /run/lib/upper /run/lib/work /run/sysctl
        mount --no-canonicalize --bind /proc/self/fd/7 /run/node
        exec 7<&-

        # New directories in /var/lib are the node's, what is there stays visible.
        mount -t overlay -o lowerdir=/var/lib,upperdir=/run/lib/upper,workdir=/run/lib/work overlay /var/lib
        mkdir -p /var/lib/kubelet /var/lib/cni /run/node/kubelet /run/node/log
        mount --bind /run/node/kubelet /var/lib/kubelet
        mount --bind /run/node/log /var/log

        # A kubelet sets these for the whole machine. It finds them as it wants them, and leaves the machine alone.
        shield() {
            [ -e "/proc/sys/$1" ] || return 0
            file=/run/sysctl/$(echo "$1" | tr / .)
            echo "$2" >"$file"
            mount --bind "$file" "/proc/sys/$1"
        }
        shield vm/overcommit_memory 1
        shield vm/panic_on_oom 0
        shield kernel/panic 10
        shield kernel/panic_on_oops 1
        shield kernel/keys/root_maxkeys 1000000
        shield kernel/keys/root_maxbytes 25000000

        mount --make-rshared /
        : >"/run/node/\(NodePaths.readyMark)"
        exec sleep infinity
        """
}
