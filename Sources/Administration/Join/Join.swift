package import KubeClient
package import KubeModel
import Lifecycle
import Synchronization

/// Makes a cluster one of the origin's: an account with the least rights in it, and the Secret in the origin by which
/// martlet reaches it.
///
/// Each step looks first at what stands there, so that a second run goes on where one was interrupted, and changes
/// nothing where one was finished.
package struct Join: Sendable {
    private let plan: JoinPlan
    private let origin: APIClient
    private let remote: APIClient
    private let access: ClusterAccess
    private let makeClient: @Sendable (ClusterAccess) -> APIClient
    private let report: Report

    /// - Parameters:
    ///   - origin: calls the origin as somebody who may write Secrets there.
    ///   - remote: calls the remote as its administrator.
    ///   - access: how `remote` reaches it.
    ///   - makeClient: for calls of the new account.
    package init(
        _ plan: JoinPlan,
        origin: APIClient,
        remote: APIClient,
        access: ClusterAccess,
        makeClient: @escaping @Sendable (ClusterAccess) -> APIClient,
        report: Report
    ) {
        self.plan = plan
        self.origin = origin
        self.remote = remote
        self.access = access
        self.makeClient = makeClient
        self.report = report
    }

    /// What both clusters say, and that the join may be.
    private struct Sight {
        let account: JoinedAccount
        let remoteID: UID
    }

    /// What stands after a join.
    package struct Joined: Sendable {
        package let remoteID: UID
        /// What `clusters[]` has beside the name and the kubeconfig, as YAML; empty for nothing.
        package let settings: String
    }

    /// Joins.
    ///
    /// - Throws: ``Refusal``, ``CheckFailed``, `APIError`, `KubeConfigError`, `TimeoutError`, `CancellationError`.
    package func run() async throws -> Joined {
        let sight = try await look()
        let token = try await makeAccount(sight.account)
        let name = plan.cluster
        let kubeconfig = try await access.kubeconfig(named: name, token: token)
        try await check(kubeconfig, sight)
        let namespace = DesiredObject(.namespaces, ["metadata": ["name": .string(plan.namespace)]])
        tell(namespace, try await namespace.ensure(by: origin), "the origin")
        let secret = plan.secret(kubeconfig: kubeconfig, remoteID: sight.remoteID)
        let (object, outcome) = try await secret.apply(by: origin) {
            $0.labels[JoinedAccount.madeByLabel.name] != nil
        }
        tell(secret, outcome, "the origin")
        return Joined(remoteID: sight.remoteID, settings: try ClusterSecret(json: object).settings)
    }

    /// The objects that ``run()`` makes, as YAML that kubectl takes, without any secret. Changes nothing.
    ///
    /// - Throws: as ``run()``.
    package func rehearse() async throws -> String {
        let sight = try await look()
        let role = sight.account.role(withKubelets: plan.withKubelets)
        let remote = [sight.account.namespaceObject, role] + sight.account.belongings(roleUID: nil)
        let secret = plan.secret(kubeconfig: nil, remoteID: sight.remoteID)
        let parts = [
            "# In the remote, \(access.server):\n" + Self.yaml(remote),
            "# In the origin; martlet join puts the new account's kubeconfig into it:\n" + Self.yaml([secret]),
        ]
        return parts.joined(separator: "---\n")
    }

    private static func yaml(_ objects: [DesiredObject]) -> String {
        objects.map { YAMLText.of($0.created) }.joined(separator: "---\n")
    }

    private func look() async throws -> Sight {
        report.note("Looking at \(access.server) and at the origin")
        if access.isLoopback {
            report.note(
                "Warning: \(access.server) means another machine to everybody else; martlet must run on this one"
            )
        }
        let remoteID = try await remote.clusterID()
        let view = try await OriginView(of: plan.cluster, namespace: plan.namespace, by: origin)
        if let refusal = plan.refusal(origin: view, remoteID: remoteID, trust: try await access.trust()) {
            throw refusal
        }
        for name in plan.nodeNames where name != plan.cluster {
            guard let node = try await origin.find(.nodes, name: name) else { continue }
            if let refusal = plan.refusal(of: node) { throw refusal }
        }
        return Sight(account: JoinedAccount(cluster: plan.cluster, originID: view.originID), remoteID: remoteID)
    }

    private func tell(_ object: DesiredObject, _ outcome: DesiredObject.Outcome, _ place: String) {
        report.done("\(object.description) \(outcome.rawValue) in \(place)")
    }
}

// MARK: - The account

extension Join {
    /// How long the remote's controllers may take for the token, and its API server to take note of the rights.
    private static let patience = Patience(limit: .seconds(30))

    private func makeAccount(_ account: JoinedAccount) async throws -> Secret<String> {
        let namespace = account.namespaceObject
        tell(namespace, try await namespace.ensure(by: remote), plan.cluster)
        let role = account.role(withKubelets: plan.withKubelets)
        let (standing, outcome) = try await role.apply(by: remote, isOurs: account.owns)
        tell(role, outcome, plan.cluster)
        let roleUID = ObjectMeta(standing).uid
        for object in account.belongings(roleUID: roleUID) {
            try await clear(object, of: account, roleUID)
            tell(object, try await object.apply(by: remote, isOurs: account.owns).outcome, plan.cluster)
        }
        report.note("Waiting for the token")
        return try await Self.patience.wait { [remote] in
            let secret = try await remote.find(.secrets, namespace: JoinedAccount.namespace, name: account.name)
            return secret?.at("data", "token")?.string.flatMap { String(base64: $0) }.map { Secret($0) }
        }
    }

    /// What belonged to an earlier ClusterRole of that name is the garbage collector's, which may take it away at any
    /// moment: it goes first.
    private func clear(_ object: DesiredObject, of account: JoinedAccount, _ roleUID: UID) async throws {
        let (resource, key) = (object.resource, object.metadata.key)
        let namespace = resource.namespaced ? key.namespace : nil
        @Sendable func doomed() async throws -> ObjectMeta? {
            let found = try await remote.find(resource, namespace: namespace, name: key.name).map { ObjectMeta($0) }
            guard let found, account.owns(found), !found.ownerReferences.isEmpty else { return nil }
            return found.ownerReferences.contains { $0.uid == roleUID } ? nil : found
        }
        guard let old = try await doomed() else { return }
        do {
            let options = DeleteOptions(uid: old.uid)
            _ = try await remote.delete(resource, namespace: namespace, name: key.name, options: options)
        } catch let error as APIError where error.code == .notFound || error.code == .conflict {
            // The garbage collector was first.
        }
        try await Self.patience.wait { try await doomed() == nil ? () : nil }
    }

    /// A right counts a moment after it was given.
    private func check(_ kubeconfig: Secret<String>, _ sight: Sight) async throws {
        report.note("Checking what the new account may do")
        let access = try KubeConfig.parse(
            yaml: kubeconfig.value,
            file: "the new kubeconfig",
            isSelfContained: true,
            environment: [:]
        )
        let check = ClusterCheck(
            cluster: plan.cluster,
            access: access,
            client: makeClient(access),
            roles: [.remote] + (plan.withKubelets ? [.remoteKubelets] : []),
            features: [.kubelet, .remoteAccounts],
            identity: ClusterCheck.Identity(remote: sight.remoteID)
        )
        let last = Mutex<ClusterReport?>(nil)
        do {
            try await Self.patience.wait {
                let report = try await check.run(within: Self.patience.limit)
                last.withLock { $0 = report }
                return report.isGood ? () : nil
            }
        } catch is TimeoutError {
            throw CheckFailed(report: last.withLock { $0 })
        }
    }
}

/// What a check found that was not good until its time was over.
package struct CheckFailed: Error, CustomStringConvertible {
    package let report: ClusterReport?

    package var description: String {
        let problems = report?.findings.filter { $0.result == .failed } ?? []
        let lines = problems.map { "\($0.check): \($0.detail)" }
        return "the new account can't do what martlet needs: "
            + (lines.isEmpty ? "no answer" : lines.joined(separator: "; "))
    }
}
