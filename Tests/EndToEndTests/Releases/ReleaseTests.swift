import KubeModel
import Testing

/// An origin and remotes of different Kubernetes releases, in both directions: `KUBE_OTHER_BIN_DIR` names a folder with
/// the binaries of another release than those of `KUBE_BIN_DIR`, better a much older or newer one.
@Suite(.enabled(if: OtherRelease.folder != nil, "KUBE_OTHER_BIN_DIR is not given"))
struct ReleaseTests {
    private static let ports = (own: APICalls.port(1), other: APICalls.port(2))

    /// The origin is of the testbed's release.
    @Suite(.fleet(.releases(origin: nil, others: OtherRelease.folder, metricsPort: ports.own)))
    struct OwnOriginTests {
        @Test("Each node shows its own cluster's release", .rows(90, 91))
        func versions() async throws { try await showVersions() }

        @Test("A Deployment spreads over both releases, rolls, scales and goes", .rows(3, 4, 5, 24, 91))
        func deployment() async throws { try await runDeployment() }

        @Test("A Job completes in both releases", .rows(81, 91), arguments: ["alike", "other"])
        func job(cluster: String) async throws { try await runJob(in: cluster) }

        @Test("What a pod refers to goes there, and what is said of it comes back", .rows(79, 91, 114))
        func dependents() async throws { try await runWithDependents() }

        @Test("A pod that the other release can't place says so in its scheduler's words", .rows(78, 91, 114))
        func unplaced() async throws { try await leaveUnplaced() }

        @Test("A field is kept, or told, or keeps the pod out", .rows(91, 107), arguments: NewField.all)
        func field(_ field: NewField) async throws { try await carry(field) }

        @Test("New resources of a pod that waits are its delegate's, or it says why not", .rows(91, 113))
        func resized() async throws { try await resizeUnplaced() }

        @Test("Pods that ask for what nodes declare go where all do", .rows(91, 107))
        func declaredFeatures() async throws { try await placeByDeclaredFeatures() }

        @Test("What a release adds or drops is nothing to write about again and again", .rows(91))
        func quiet() async throws { try await comeToRest(metricsPort: ports.own) }
    }

    /// The origin is of the other release.
    @Suite(.fleet(.releases(origin: OtherRelease.folder, others: nil, metricsPort: ports.other)))
    struct OtherOriginTests {
        @Test("Each node shows its own cluster's release", .rows(90, 91))
        func versions() async throws { try await showVersions() }

        @Test("A Deployment spreads over both releases, rolls, scales and goes", .rows(3, 4, 5, 24, 91))
        func deployment() async throws { try await runDeployment() }

        @Test("A Job completes in both releases", .rows(81, 91), arguments: ["alike", "other"])
        func job(cluster: String) async throws { try await runJob(in: cluster) }

        @Test("What a pod refers to goes there, and what is said of it comes back", .rows(79, 91, 114))
        func dependents() async throws { try await runWithDependents() }

        @Test("A pod that the other release can't place says so in its scheduler's words", .rows(78, 91, 114))
        func unplaced() async throws { try await leaveUnplaced() }

        @Test("A field is kept, or told, or keeps the pod out", .rows(91, 107), arguments: NewField.all)
        func field(_ field: NewField) async throws { try await carry(field) }

        @Test("New resources of a pod that waits are its delegate's, or it says why not", .rows(91, 113))
        func resized() async throws { try await resizeUnplaced() }

        @Test("Pods that ask for what nodes declare go where all do", .rows(91, 107))
        func declaredFeatures() async throws { try await placeByDeclaredFeatures() }

        @Test("What a release adds or drops is nothing to write about again and again", .rows(91))
        func quiet() async throws { try await comeToRest(metricsPort: ports.other) }
    }
}
