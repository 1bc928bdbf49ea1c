/// Whose identity delegates have (`clusters[].serviceAccounts`).
enum AccountMode: String, Sendable, CaseIterable {
    case none
    case remote
    case origin
}
