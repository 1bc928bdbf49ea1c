import Testbed

/// What the command line asks for.
enum Invocation: Sendable {
    /// Start clusters, print their kubeconfigs, stay until a signal comes.
    case up(TestbedPlan)
    /// Show martlet on real clusters; with `keep` they go on until a signal comes.
    case demo(keep: Bool)
    /// Remove what crashed runs have left.
    case clean
    case help

    static let usage = """
        Runs real Kubernetes clusters on this machine.

        usage: martlet-testbed up [options]     start an origin and remotes; stay until SIGINT or SIGTERM
               martlet-testbed demo [--keep]    show martlet at work on three remotes with real containers
               martlet-testbed clean            remove what runs that were killed have left

          --remotes NAMES        the remotes, by name, with commas between them (us-east,us-west,eu-central)
          --nodes KIND           what runs the remotes' pods: none, simulated[:COUNT] or real[:COUNT] (none);
                                 real takes root
          --relay                put a relay in front of each remote's API server
          --round-trip DURATION  the time to a remote and back, in milliseconds (30ms); implies --relay
          --shared-etcd          keep the state of all clusters in the origin's etcd: less memory
          --state DIR            where the files go: an empty or new directory (one below $TMPDIR)
          --keep                 leave the files when the clusters stop

        environment: KUBE_BIN_DIR   the folder with the Kubernetes binaries (what scripts/kubernetes.sh makes)
                     MARTLET_TOOLS  the folder with etcd, containerd, runc (what scripts/packages.sh makes)
                     TMPDIR         where the files of runs go (/tmp)

        """

    /// Reads the arguments, without the program's name. Options take their value as the next argument or after '='.
    ///
    /// - Throws: `UsageError`.
    init(arguments: [String]) throws(UsageError) {
        guard let verb = arguments.first else { throw UsageError("say what to do: up, demo or clean") }
        switch verb {
        case "up":
            self = .up(try UpOptions(ArraySlice(arguments.dropFirst())).plan)
        case "demo":
            guard arguments.dropFirst().allSatisfy({ $0 == "--keep" }) else {
                throw UsageError("'demo' takes --keep only")
            }
            self = .demo(keep: arguments.count > 1)
        case "clean":
            guard arguments.count == 1 else { throw UsageError("'clean' takes no arguments") }
            self = .clean
        case "help", "--help", "-h":
            self = .help
        default:
            throw UsageError("'\(verb)' is none of up, demo and clean")
        }
    }
}

/// A command line that makes no sense.
struct UsageError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
