import Foundation
import Glibc

/// Removes what runs have left whose harness was killed.
package struct Cleanup: Sendable {
    private let folder: String
    private let report: @Sendable (String) -> Void

    /// - Parameters:
    ///   - folder: the folder that lists the runs.
    ///   - report: told each thing that goes, and what could not be removed.
    package init(
        folder: String = RunDirectory.defaultFolder(),
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.folder = folder
        self.report = report
    }

    /// Removes every run that nobody owns any more. Runs that go on are left alone.
    ///
    /// - Returns: false if something is still there; `report` has been told what.
    package func removeAbandonedRuns() async -> Bool {
        // No such folder: there has been no run.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var isClean = true
        for name in names.sorted() where !name.hasPrefix(".") {
            let listing = "\(folder)/\(name)"
            let directory = URL(fileURLWithPath: listing).resolvingSymlinksInPath().path
            let entries = Ledger.entries(inDirectory: directory)
            if let owner = entries.owner, owner.isAlive {
                report("run \(name) goes on (process \(owner.id)): left alone")
            } else {
                report("run \(name): removing what it left")
                isClean = await remove(entries, directory: directory, listing: listing) && isClean
            }
        }
        return isClean
    }

    /// Removes what a ledger names; then the directory, if everything else has gone.
    private func remove(_ entries: [LedgerEntry], directory: String, listing: String) async -> Bool {
        var isClean = true
        for entry in entries.inRemovalOrder {
            do {
                try await entry.remove()
            } catch {
                isClean = false
                report("  \(entry.line): \(error)")
            }
        }
        guard isClean else { return false }
        do {
            for path in Set([directory, listing]) where FileManager.default.hasEntry(atPath: path) {
                try FileManager.default.removeItem(atPath: path)
            }
            return true
        } catch {
            report("  \(directory): \(error)")
            return false
        }
    }
}

extension [LedgerEntry] {
    var owner: ProcessIdentity? {
        lazy.compactMap { if case .owner(let process) = $0 { process } else { nil } }.last
    }

    /// What uses a thing goes before it: processes, then control groups, namespaces, links, mounts; of each kind the
    /// youngest first.
    var inRemovalOrder: [LedgerEntry] {
        let kinds: [(LedgerEntry) -> Bool] = [
            { if case .process = $0 { true } else { false } },
            { if case .controlGroup = $0 { true } else { false } },
            { if case .networkNamespace = $0 { true } else { false } },
            { if case .link = $0 { true } else { false } },
            { if case .mounts = $0 { true } else { false } },
        ]
        return kinds.flatMap { isOfKind in reversed().filter(isOfKind) }
    }
}
