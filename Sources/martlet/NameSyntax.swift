internal import KubeModel

/// What is wrong with a name, in words; nil when API servers accept it.
enum NameSyntax {
    /// What logs, metrics and commands call the cluster that the others become nodes of.
    static let origin = "origin"

    /// What a cluster and its nodes may be called: labels carry the names.
    static func cluster(_ text: String) -> String? {
        let isTaken = text == origin
        return isTaken
            ? "is what the cluster is called that the others become nodes of; choose another" : dnsLabel(text)
    }

    static func dnsLabel(_ text: String) -> String? {
        guard LabelSyntax.isDNSSubdomain(text), text.utf8.count <= 63, !text.contains(".") else {
            return "must be 1 to 63 lower case letters, digits and '-', with a letter or digit at both ends"
        }
        return nil
    }

    /// What most objects may be called.
    static func dnsSubdomain(_ text: String) -> String? {
        LabelSyntax.isDNSSubdomain(text) ? nil : "\"\(text)\" must be a DNS name in lower case"
    }

    /// Keys of labels, annotations and taints, and names of resources.
    static func qualifiedName(_ text: String) -> String? {
        guard LabelSyntax.isKey(text) else {
            return "\"\(text)\" must be \(wordForm), after an optional DNS name and '/'"
        }
        return nil
    }

    /// Keys of labels and annotations that people choose.
    static func othersKey(_ text: String) -> String? { reservedKey(text) ?? qualifiedName(text) }

    /// Keys that people must not choose.
    static func reservedKey(_ text: String) -> String? {
        text.hasPrefix("martlet.dev/") ? "begins with martlet.dev/, which is kept for martlet itself" : nil
    }

    /// The value of a label or taint.
    static func labelValue(_ text: String) -> String? {
        LabelSyntax.isValue(text) ? nil : "\"\(text)\" must be \(wordForm)"
    }

    private static let wordForm =
        "at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends"
}
