import Foundation
import Glibc

/// The directory of one run: certificates, kubeconfigs, logs, data of etcd, the ledger.
///
/// Every run is listed, as a directory or a link to one, in one folder of the machine's temporary directory, where
/// `martlet-testbed clean` looks for those whose harness has gone.
package struct RunDirectory: Sendable {
    /// Names the run, and what it makes on the machine: eight characters that no other run uses.
    package let id: String
    package let path: String
    package let ledger: Ledger
    /// Where the run is listed, if not by the directory itself.
    private let listing: String

    /// Makes the directory of a new run.
    ///
    /// - Parameter path: where; it must be empty or not exist. nil for one in the listing folder itself.
    package init(
        at path: String? = nil,
        listedIn folder: String = RunDirectory.defaultFolder()
    ) throws(TestbedError) {
        id = Self.makeID()
        listing = "\(folder)/\(id)"
        try TextFile.makeDirectory(folder)
        if let path {
            let directory = URL(fileURLWithPath: path).standardizedFileURL.path
            try Self.make(directory, listing: listing)
            self.path = directory
        } else {
            try Self.make(listing: listing, in: folder, id: id)
            self.path = listing
        }
        ledger = try Ledger(directory: self.path)
    }

    /// Makes a directory inside of the run's.
    package func makeDirectory(_ name: String) throws(TestbedError) -> String {
        let path = "\(self.path)/\(name)"
        try TextFile.makeDirectory(path)
        return path
    }

    /// Removes the directory and its listing. Whatever the ledger names must have gone before.
    func remove() throws(TestbedError) {
        try Self.perform("remove \(path)") {
            for path in Set([path, listing]) where FileManager.default.hasEntry(atPath: path) {
                try FileManager.default.removeItem(atPath: path)
            }
        }
    }

    /// The folder that lists the runs: `martlet-testbed` in `$TMPDIR`, or in /tmp.
    package static func defaultFolder(environment: [String: String] = HarnessEnvironment.current) -> String {
        let base = environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        return (base.hasSuffix("/") ? String(base.dropLast()) : base) + "/martlet-testbed"
    }

    private static func makeID() -> String {
        String(UUID().uuidString.lowercased().prefix(8))
    }

    // A run is listed last, when its ledger says whose it is: a clean-up at the same time must not take it for
    // abandoned.

    /// Makes the directory in the folder that lists the runs.
    private static func make(listing: String, in folder: String, id: String) throws(TestbedError) {
        let unlisted = "\(folder)/.\(id)"
        try TextFile.makeDirectory(unlisted)
        try writeOwner(inDirectory: unlisted)
        try perform("list the run in \(folder)") {
            try FileManager.default.moveItem(atPath: unlisted, toPath: listing)
        }
    }

    /// Makes the directory elsewhere, or takes one that is there and empty.
    private static func make(_ path: String, listing: String) throws(TestbedError) {
        try TextFile.makeDirectory(path)
        var isEmpty = false
        try perform("read the state directory \(path)") {
            isEmpty = try FileManager.default.contentsOfDirectory(atPath: path).isEmpty
        }
        guard isEmpty else {
            throw TestbedError(.plan, "the state directory \(path) is not empty; give one that is, or a new one")
        }
        try writeOwner(inDirectory: path)
        try perform("list the state directory \(path)") {
            try FileManager.default.createSymbolicLink(atPath: listing, withDestinationPath: path)
        }
    }

    private static func writeOwner(inDirectory path: String) throws(TestbedError) {
        let owner = LedgerEntry.owner(ProcessIdentity.ofHarness())
        try TextFile.write("\(owner.line)\n", to: "\(path)/\(Ledger.fileName)")
    }

    private static func perform(_ what: String, _ body: () throws -> Void) throws(TestbedError) {
        do {
            try body()
        } catch {
            throw TestbedError(.file, "cannot \(what)", underlying: error)
        }
    }
}

extension ProcessIdentity {
    /// This process.
    static func ofHarness() -> ProcessIdentity {
        guard let identity = ProcessIdentity(running: getpid()) else {
            preconditionFailure("/proc does not show the process that reads it")
        }
        return identity
    }
}

extension FileManager {
    /// True for anything of that name, also a link that leads nowhere.
    func hasEntry(atPath path: String) -> Bool {
        // Throws when there is nothing: that is the answer.
        (try? attributesOfItem(atPath: path)) != nil
    }
}
