/// The values of all options after the sources were laid over one another: flags over the configuration file over the
/// environment over the defaults.
struct OptionValues: Sendable, Equatable {
    private var values: [OptionName: OptionValue]

    init(
        flags: [OptionName: OptionValue],
        file: [OptionName: OptionValue] = [:],
        environment: [OptionName: OptionValue] = [:]
    ) {
        values = Self.defaults
        for source in [environment, file, flags] {
            values.merge(source) { _, stronger in stronger }
        }
    }

    /// Whether a switch is on.
    func isOn(_ name: OptionName) -> Bool { values[name] == .on }

    /// The duration of an option that has one; nil if no source has it.
    func optionalDuration(_ name: OptionName) -> Duration? {
        guard case .duration(let duration)? = values[name] else { return nil }
        return duration
    }

    /// The text of an option that holds one; nil if no source has it.
    func text(_ name: OptionName) -> String? {
        guard case .text(let text)? = values[name] else { return nil }
        return text
    }

    /// The number of an option that holds one and has a default.
    func integer(_ name: OptionName) -> Int {
        guard case .integer(let number)? = values[name] else { preconditionFailure("\(name) has no number") }
        return number
    }

    /// The duration of an option that holds one and has a default.
    func duration(_ name: OptionName) -> Duration {
        guard case .duration(let duration)? = values[name] else { preconditionFailure("\(name) has no duration") }
        return duration
    }

    /// Where an option says to listen; nil if no source has it.
    func listener(_ name: OptionName) -> (host: String, port: UInt16)? {
        guard case .listener(let host, let port)? = values[name] else { return nil }
        return (host, port)
    }

    private static let defaults = makeDefaults()

    private static func makeDefaults() -> [OptionName: OptionValue] {
        var values: [OptionName: OptionValue] = [:]
        for option in OptionTable.all {
            guard let text = option.defaultText else { continue }
            do {
                values[option.name] = try option.kind.parse(text)
            } catch {
                preconditionFailure("the default of --\(option.flag) \(error.message)")
            }
        }
        return values
    }

    /// What the environment sets. An empty variable counts as absent, as Kubernetes' tools take it.
    ///
    /// - Throws: ``ConfigurationProblems`` that name the variables.
    static func environment(_ variables: [String: String]) throws(ConfigurationProblems) -> [OptionName: OptionValue] {
        var values: [OptionName: OptionValue] = [:]
        var problems: [ConfigurationProblem] = []
        for option in OptionTable.all {
            guard let name = option.environment, let text = variables[name], !text.isEmpty else { continue }
            do {
                values[option.name] = try option.kind.parse(text)
            } catch {
                problems.append(
                    ConfigurationProblem(file: "environment", line: nil, field: name, message: error.message)
                )
            }
        }
        guard problems.isEmpty else { throw ConfigurationProblems(all: problems) }
        return values
    }
}
