/// Why a cluster cannot be accessed: the file, the entry and the field to mend, and what to do. Never holds secrets.
package struct KubeConfigError: Error, Sendable, Hashable {
    /// The kinds of errors, open for more.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        package let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// Nothing says how to reach a cluster.
        package static let notConfigured = Code("notConfigured")
        /// A file is not there or cannot be read.
        package static let unreadable = Code("unreadable")
        /// A file is not YAML, or not a kubeconfig.
        package static let malformed = Code("malformed")
        /// An entry names another one that does not exist.
        package static let missing = Code("missing")
        /// A field has a value that cannot be used.
        package static let invalid = Code("invalid")
        /// Two fields exclude one another.
        package static let conflicting = Code("conflicting")
        /// A way of authentication that is not there any more.
        package static let unsupported = Code("unsupported")
        /// Credentials could not be had at run time: a plugin or a token file fails. Worth another try later.
        package static let credentials = Code("credentials")
    }

    /// The entry of a kubeconfig that is meant.
    package enum Subject: Sendable, Hashable, CustomStringConvertible {
        case context(String)
        case cluster(String)
        case user(String)

        package var description: String {
            switch self {
            case .context(let name): "context \"\(name)\""
            case .cluster(let name): "cluster \"\(name)\""
            case .user(let name): "user \"\(name)\""
            }
        }
    }

    package let code: Code
    package let file: String?
    /// Counted from 1.
    package let line: Int?
    package let subject: Subject?
    /// The field within the entry: "exec.command".
    package let field: String?
    package let message: String

    package init(
        _ code: Code,
        file: String? = nil,
        line: Int? = nil,
        subject: Subject? = nil,
        field: String? = nil,
        message: String
    ) {
        self.code = code
        self.file = file
        self.line = line
        self.subject = subject
        self.field = field
        self.message = message
    }

    init(_ error: YAMLError) {
        self.init(.malformed, file: error.file, line: error.line, message: error.message)
    }
}

extension KubeConfigError: CustomStringConvertible {
    /// `/home/me/.kube/config:12: user "admin": tokenFile: cannot read …`
    package var description: String {
        let place = file.map { file in line.map { "\(file):\($0)" } ?? file }
        return [place, subject?.description, field, message].compactMap(\.self).joined(separator: ": ")
    }
}
