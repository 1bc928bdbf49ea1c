internal import Administration

/// `martlet leave`: takes a cluster that was joined away again.
struct LeaveCommand: Sendable {
    let session: Session
    let name: String

    private static let usualLimit = Duration.seconds(600)

    func run() async throws -> Int32 {
        let remedy =
            "drain it while it is served (kubectl drain --ignore-daemonsets \(name)), take it out of the file, and then "
            + "kubectl delete node \(name)"
        try session.checkName(name, remedy: remedy)
        let options = session.options
        let way = try way
        var request = Leave.Request(cluster: name, namespace: session.secretsNamespace)
        request.force = options.isOn(.force)
        request.deletesVolumes = options.isOn(.deleteVolumes)
        let leave = Leave(
            request,
            origin: session.clients.heartbeats(try session.origin(), cluster: "origin"),
            makeClient: { [session, name] in session.clients.heartbeats($0, cluster: name) },
            report: session.report
        )
        if options.isOn(.dryRun) {
            session.report.done(try await leave.rehearse(way))
        } else {
            try await leave.run(way, within: options.optionalDuration(.timeout) ?? Self.usualLimit)
        }
        return Command.ExitCode.success
    }

    private var way: Leave.Way {
        get throws(UsageError) {
            let options = session.options
            let chosen = [OptionName.detach, .lost].filter { options.isOn($0) }
            guard chosen.count < 2 else { throw UsageError(message: "--detach and --lost exclude each other") }
            guard !options.isOn(.deleteVolumes) || chosen.isEmpty else {
                throw UsageError(message: "--delete-volumes is for a cluster that can be asked to; leave it out")
            }
            if options.isOn(.lost) { return .lost }
            return options.isOn(.detach) ? .detached : .emptied
        }
    }
}
