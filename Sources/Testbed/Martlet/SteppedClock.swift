/// A time of day that can be set while a program runs by it, for that program alone (libfaketime). What only counts how long
/// something takes, the monotonic clock, goes on as it does.
package struct SteppedClock: Sendable {
    private let library: String
    private let file: String

    /// Shows the machine's time at first.
    ///
    /// - Parameter directory: an existing one, for the file by which it is set.
    /// - Throws: `TestbedError` `.toolMissing`, `.file`.
    package init(toolbox: Toolbox, directory: String) throws(TestbedError) {
        library = try toolbox.clockLibrary()
        file = "\(directory)/clock"
        try set(ahead: 0)
    }

    /// Sets it ahead of the machine's, at once.
    ///
    /// - Throws: `TestbedError` `.file`.
    package func set(ahead seconds: Int) throws(TestbedError) {
        try TextFile.write(Array("+\(seconds)\n".utf8), to: file)
    }

    /// The same martlet, which goes by this clock. With the library before it Swift does not find its command line: what
    /// stands there goes into the environment, by martlet's own rule.
    func showing(to martlet: Command) -> Command {
        var command = martlet
        command.arguments = []
        var words = martlet.arguments[...]
        while let flag = words.popFirst(), let value = words.popFirst() {
            command.environment["MARTLET_" + flag.dropFirst(2).uppercased().replacing("-", with: "_")] = value
        }
        command.environment["LD_PRELOAD"] = library
        command.environment["FAKETIME_TIMESTAMP_FILE"] = file
        command.environment["FAKETIME_NO_CACHE"] = "1"
        command.environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
        return command
    }
}
