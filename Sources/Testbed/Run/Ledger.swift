import Glibc
import Synchronization

/// The list of what a run has made, on disk, so that a later process can remove what a crash left.
///
/// A thing is written down before it is made (a process: at once after), and stays on the list when it is gone:
/// removing what is not there is no failure. Lines are appended whole, so a crash spoils the last one at most.
package final class Ledger: Sendable {
    /// The ledger's name in the directory of its run.
    static let fileName = "ledger"

    private let file: Mutex<FileDescriptor>
    private let path: String

    /// Opens the ledger in the directory of a run, new or not.
    init(directory: String) throws(TestbedError) {
        path = "\(directory)/\(Self.fileName)"
        file = Mutex(try FileDescriptor(path: path, flags: O_WRONLY | O_CREAT | O_APPEND))
    }

    /// Adds an entry.
    ///
    /// - Throws: `TestbedError` `.file`, for instance on a full disk. What was to be noted must not be made then.
    package func record(_ entry: LedgerEntry) throws(TestbedError) {
        let bytes = Array("\(entry.line)\n".utf8)
        let isWritten = file.withLock { write($0.number, bytes, bytes.count) == bytes.count }
        guard isWritten else { throw TestbedError(.file, "cannot write \(path)", underlying: SystemError()) }
    }

    /// The entries of the ledger in a directory, in order; none if there is no ledger.
    static func entries(inDirectory directory: String) -> [LedgerEntry] {
        guard let text = try? TextFile.read("\(directory)/\(fileName)") else {
            return []  // the run crashed before it had made anything
        }
        return text.split(separator: "\n").compactMap { LedgerEntry(line: $0) }
    }
}

extension LedgerEntry {
    /// The entry for a process that has just been started. One that has ended already needs no removal: start time 0
    /// fits no process.
    static func process(of subprocess: Subprocess) -> LedgerEntry {
        let identity = ProcessIdentity(running: subprocess.processID)
        return .process(
            identity ?? ProcessIdentity(id: subprocess.processID, startTime: 0),
            name: subprocess.command.name
        )
    }
}
