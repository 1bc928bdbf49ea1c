/// Where an entry of a kubeconfig stands, for errors that are found after reading.
struct EntryPlace: Sendable, Hashable {
    let file: String
    var line: Int?
    var subject: KubeConfigError.Subject?
    /// The lines of the entry's fields: "exec.command".
    var fieldLines: [String: Int] = [:]

    func error(_ code: KubeConfigError.Code, _ field: String, _ message: String) -> KubeConfigError {
        KubeConfigError(
            code,
            file: file,
            line: fieldLines[field] ?? line,
            subject: subject,
            field: field,
            message: message
        )
    }
}
