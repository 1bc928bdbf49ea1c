/// One thing that is wrong with the configuration, with the place where to mend it.
struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    let file: String
    /// Counted from 1; nil if the whole file is meant.
    let line: Int?
    /// "clusters[1].taints[0].effect"; empty if the whole file is meant.
    let field: String
    let message: String

    var description: String {
        var text = file
        if let line { text += ":\(line)" }
        if !field.isEmpty { text += ": \(field)" }
        return text + ": " + message
    }
}

/// Everything that is wrong with the configuration, told at once.
struct ConfigurationProblems: Error, Sendable, Equatable, CustomStringConvertible {
    let all: [ConfigurationProblem]

    var description: String { all.map(\.description).joined(separator: "\n") }
}
