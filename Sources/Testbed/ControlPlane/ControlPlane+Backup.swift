import Foundation

extension ControlPlane {
    /// Stops the whole control plane, copies what its etcd holds, and starts it again.
    ///
    /// - Returns: the copy, for ``restore(_:)``.
    /// - Throws: `TestbedError` as ``start(progress:)``; what Foundation says of a copy that fails.
    package func backUp() async throws -> StoreBackup {
        let backup = StoreBackup(path: "\(directory)/backup-\(UUID().uuidString)")
        try await whileStopped {
            try FileManager.default.copyItem(atPath: layout.etcdData, toPath: backup.path)
        }
        return backup
    }

    /// Takes the cluster back to where it was when the copy was made, as an operator does after a disaster: all of the
    /// control plane starts anew on the older state.
    package func restore(_ backup: StoreBackup) async throws {
        try await whileStopped {
            try FileManager.default.removeItem(atPath: layout.etcdData)
            try FileManager.default.copyItem(atPath: backup.path, toPath: layout.etcdData)
        }
    }

    private func whileStopped(_ body: () throws -> Void) async throws {
        for component in [Component.scheduler, .controllerManager, .apiserver, .etcd] {
            try await self.component(component).stop()
        }
        try body()
        try await start()
    }
}

/// What a cluster's etcd held at some time.
package struct StoreBackup: Sendable {
    let path: String
}
