/// How the namespace of delegates is called, by the namespace of their pods. Pure.
///
/// The pod's namespace stands in it exactly once and unabridged, so that two namespaces of an origin never fold into one.
package struct NamespaceTemplate: Sendable, Hashable, CustomStringConvertible {
    /// The delegate's namespace is called as the pod's.
    package static let same = NamespaceTemplate(prefix: "", suffix: "")

    /// Stands for the pod's namespace.
    package static let namespacePlaceholder = "{namespace}"
    /// Stands for the first eight characters of the origin's identity, the UID of its kube-system namespace.
    package static let originPlaceholder = "{origin}"
    /// The most characters that a namespace may have (RFC 1123 label).
    package static let longest = 63

    private let prefix: String
    private let suffix: String

    private init(prefix: String, suffix: String) {
        self.prefix = prefix
        self.suffix = suffix
    }

    /// Reads the text of the configuration.
    ///
    /// - Throws: ``NamespaceTemplateError`` with what is wrong.
    package init(_ text: String) throws(NamespaceTemplateError) {
        let parts = text.components(separatedBy: Self.namespacePlaceholder)
        guard parts.count == 2 else {
            throw NamespaceTemplateError(
                message: "must contain {namespace} exactly once, or pods of two namespaces would share one"
            )
        }
        let fixed = parts.map { $0.components(separatedBy: Self.originPlaceholder).joined(separator: "00000000") }
        guard fixed.allSatisfy({ $0.utf8.allSatisfy(Self.isAllowed) }), !text.hasPrefix("-"), !text.hasSuffix("-")
        else {
            throw NamespaceTemplateError(
                message:
                    "must be lower case letters, digits and '-' around {namespace}, with a letter or digit at both ends"
            )
        }
        guard fixed[0].utf8.count + fixed[1].utf8.count < Self.longest else {
            throw NamespaceTemplateError(message: "leaves no room for {namespace}: a name has at most 63 characters")
        }
        guard !text.hasPrefix("kube-") else {
            throw NamespaceTemplateError(message: "must not begin with kube-, which is kept for Kubernetes itself")
        }
        self.init(prefix: parts[0], suffix: parts[1])
    }

    /// The namespace of the delegates of pods of this namespace.
    package func name(for namespace: String, originID: String) -> String {
        guard self != .same else { return namespace }
        let origin = String(originID.prefix(8))
        return [prefix, namespace, suffix]
            .map { $0.components(separatedBy: Self.originPlaceholder).joined(separator: origin) }
            .joined()
    }

    package var description: String { prefix + Self.namespacePlaceholder + suffix }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

/// Why a text is no template of a namespace.
package struct NamespaceTemplateError: Error, Equatable {
    package let message: String
}

extension String {
    /// The parts between occurrences of a text, as Foundation has it.
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
