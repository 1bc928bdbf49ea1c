import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

extension FleetPlan {
    /// Two remotes of the configuration file, and one that joins and leaves.
    static let joining = FleetPlan(
        remotes: [
            Remote(name: "us-east", region: "us", store: .ofOrigin),
            Remote(name: "us-west", region: "us", store: .ofOrigin),
            Remote(name: "eu-central", region: "eu", store: .ofOrigin, isConfigured: false),
        ],
        arguments: ["--cluster-secrets-namespace", secretsNamespace]
    )
}

/// Has clusters come and go by the program's commands: what they change concerns them all, so they come one after the
/// other.
@Suite(.fleet(.joining, lasting: .seconds(270)), .serialized)
struct AdministrationTests {}

extension Fleet {
    /// Runs a command of the program under test as the administrator of the origin.
    func command(_ arguments: [String], deadline: Duration = .seconds(120)) async throws -> CommandResult {
        let environment = HarnessEnvironment.current.filter { $0.key != "KUBECONFIG" && !$0.key.hasPrefix("MARTLET_") }
        let place = [
            "--kubeconfig", origin.control.kubeconfig, "--cluster-secrets-namespace", FleetPlan.secretsNamespace,
        ]
        let command = Command(
            try MartletBinary.path(),
            arguments + ["--config", configuration] + place,
            environment: environment
        )
        return try await Subprocess.run(command, deadline: deadline, scratch: NSTemporaryDirectory())
    }

    /// The same, without the administrator's rights: as martlet itself, by its configuration.
    func commandAsMartlet(_ arguments: [String], deadline: Duration = .seconds(120)) async throws -> CommandResult {
        let command = Command(
            try MartletBinary.path(),
            arguments + ["--config", configuration],
            environment: HarnessEnvironment.current.filter { $0.key != "KUBECONFIG" }
        )
        return try await Subprocess.run(command, deadline: deadline, scratch: NSTemporaryDirectory())
    }

    /// The arguments of a join of a remote, by the way that martlet takes.
    func joining(_ name: String, as other: String? = nil, _ more: String...) throws -> [String] {
        let remote = remote(name)
        let kubeconfig = try remote.control.writeKubeconfig(
            user: "joiner",
            groups: ["system:masters"],
            via: remote.relay.endpoint
        )
        return ["join", other ?? name, "--remote-kubeconfig", kubeconfig] + more
    }

    /// Joins a remote, which has to go well.
    @discardableResult
    func join(_ name: String, _ more: String...) async throws -> CommandResult {
        try await command(joining(name) + more).checked()
    }

    /// Has a cluster leave, which has to go well.
    @discardableResult
    func leave(_ name: String, _ more: String..., deadline: Duration = .seconds(240)) async throws -> CommandResult {
        try await command(["leave", name] + more, deadline: deadline).checked()
    }

    /// Runs a body while a cluster has joined, which leaves afterwards, whatever happens.
    func joined(_ name: String, _ body: () async throws -> Void) async throws {
        try await join(name)
        try await withCleanUp({ try await leave(name, "--force") }, body)
    }
}

extension FleetCluster {
    /// What a join has made here.
    func joinedObjects() async throws -> [String] {
        var found: [String] = []
        for resource in [Resource.clusterRoles, .clusterRoleBindings, .serviceAccounts, .secrets] {
            found += try await list(resource, labels: "martlet.dev/made-by=join").map {
                "\(resource.plural)/\($0.name)"
            }
        }
        return found
    }
}
