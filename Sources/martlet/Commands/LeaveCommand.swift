internal import Administration

/// `martlet leave`: takes a cluster that was joined away again.
struct LeaveCommand: Sendable {
    let session: Session
    let name: String

    private static let usualLimit = Duration.seconds(600)

    func run() async throws -> Int32 {
        try session.checkName(name) { nodes in
            let names = nodes.joined(separator: " ")
            return "drain it while it is served (kubectl drain --ignore-daemonsets \(names)), take it out there, and "
                + "then kubectl delete node \(names)"
        }
        let options = session.options
        var request = Leave.Request(cluster: name, namespace: session.secretsNamespace)
        request.force = options.isOn(.force)
        request.deletesVolumes = options.isOn(.deleteVolumes)
        let leave = Leave(
            request,
            origin: session.clients.heartbeats(try session.origin(), cluster: NameSyntax.origin),
            makeClient: { [session, name] in session.clients.heartbeats($0, cluster: name) },
            report: session.report
        )
        let (limit, way) = (options.optionalDuration(.timeout) ?? Self.usualLimit, try chosenWay())
        guard !options.isOn(.dryRun) else {
            session.report.done(try await leave.rehearse(way))
            return Command.ExitCode.success
        }
        switch way {
        case .moving: try await leave.run(within: limit)
        case .detaching: try await leave.detach(within: limit)
        case .abandoning: try await leave.abandon(within: limit)
        }
        return Command.ExitCode.success
    }

    private func chosenWay() throws(UsageError) -> Leave.Way {
        let (options, isDetaching) = (session.options, session.options.isOn(.detach))
        guard options.isOn(.abandon) else { return isDetaching ? .detaching : .moving }
        guard !isDetaching, !options.isOn(.deleteVolumes) else {
            throw UsageError(message: "--abandon does nothing in the cluster: not with --detach, nor --delete-volumes")
        }
        return .abandoning
    }
}
