import Foundation
import Testbed

/// Whether the API servers of a run keep managedFields, which every object carries over the wire.
enum ManagedFields: String, Sendable, CaseIterable {
    /// As API servers do by default.
    case on
    /// Not at all, in all clusters of the run, where the release can do without them.
    case off

    /// What switches them off. From 1.22 on there is no way to do that.
    private static let gate = "ServerSideApply"

    /// The flags of the control planes.
    var flags: [Component: [String: String]] {
        switch self {
        case .on: [:]
        case .off: [.apiserver: ["feature-gates": "\(Self.gate)=false"]]
        }
    }

    /// Which of these runs a release can do, by what its API server says.
    static func possible(of wanted: [ManagedFields], release: Release) throws(BenchmarkError) -> [ManagedFields] {
        guard !release.flags(of: .apiserver).hasFeatureGate(gate) else { return wanted }
        let possible = wanted.filter { $0 == .on }
        guard !possible.isEmpty else {
            throw BenchmarkError("Kubernetes \(release.version) has no gate \(gate): its managedFields are always on")
        }
        return possible
    }
}
