/// The text of `--help`, made from the option table.
enum HelpText {
    static var usage: String {
        "Usage: martlet [\(Invocation.Command.allCases.map(\.rawValue).joined(separator: "|"))] [options]"
    }

    static var full: String {
        """
        martlet makes Kubernetes clusters look like nodes of one cluster.

        \(usage)

        Commands (martlet help COMMAND tells more of each):
        \(commands)

        Options of martlet run (a flag wins over the configuration file, the file over the environment):
        \(options(of: .run))
        """
    }

    /// The help of one command.
    static func of(_ command: Invocation.Command) -> String {
        """
        Usage: martlet \(([command.rawValue] + [command.placeholder].compactMap(\.self)).joined(separator: " ")) [options]

        \(command.rawValue): \(command.summary).

        Options:
        \(options(of: command))
        """
    }

    private static var commands: String {
        Invocation.Command.allCases
            .map { "  " + $0.rawValue + padding(after: $0.rawValue, to: 14) + $0.summary }
            .joined(separator: "\n")
    }

    private static func options(of command: Invocation.Command) -> String {
        OptionTable.all.filter { $0.commands.contains(command) }.map { row($0, of: command) }.joined(separator: "\n")
    }

    private static func row(_ option: Option, of command: Invocation.Command) -> String {
        var head = option.short.map { "  -\($0), " } ?? "      "
        head += "--\(option.flag)"
        if !option.placeholder.isEmpty { head += " \(option.placeholder)" }
        var sources: [String] = []
        if let key = option.fileKey, OptionTable.option(.config).commands.contains(command) {
            sources.append("file: \(key.description)")
        }
        if let variable = option.environment { sources.append("environment: \(variable)") }
        if let value = option.defaultText { sources.append("default: \(value)") }
        let lines = [option.help] + (sources.isEmpty ? [] : ["[\(sources.joined(separator: ", "))]"])
        return head + "\n" + lines.map { "            \($0)" }.joined(separator: "\n")
    }

    private static func padding(after text: String, to width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count))
    }
}
