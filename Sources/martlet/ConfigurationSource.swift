internal import Synchronization

/// Gives the configuration as its file has it now, over and over. A text that is the same as the last time is not parsed
/// again: once a second for a hundred clusters that would cost 0.3 % of a core.
final class ConfigurationSource: Sendable {
    private struct Reading {
        let text: String
        let result: Result<Configuration, ConfigurationProblems>
    }

    private let flags: [OptionName: OptionValue]
    private let environment: [String: String]
    private let readFile: @Sendable (String) throws -> String
    private let last = Mutex<Reading?>(nil)

    /// - Parameter readFile: Gives the text of a file.
    init(
        flags: [OptionName: OptionValue],
        environment: [String: String],
        readFile: @escaping @Sendable (String) throws -> String = TextFile.read
    ) {
        self.flags = flags
        self.environment = environment
        self.readFile = readFile
    }

    /// - Throws: ``ConfigurationProblems`` with everything that is wrong.
    func read() throws(ConfigurationProblems) -> Configuration {
        let path = try Configuration.file(flags: flags, environment: environment)
        let text = try Configuration.text(of: path, readFile: readFile)
        let known = last.withLock { $0.flatMap { $0.text == text ? $0.result : nil } }
        if let known { return try known.get() }
        let result = Result { () throws(ConfigurationProblems) in
            try Configuration(flags: flags, environment: environment) { _ in text }
        }
        last.withLock { $0 = Reading(text: text, result: result) }
        return try result.get()
    }
}
