import FoundationEssentials

extension String {
    /// As Secrets hold texts.
    var base64: String { Data(utf8).base64EncodedString() }

    /// The text that a Secret holds; nil if it is none.
    init?(base64 text: String) {
        guard let data = Data(base64Encoded: text) else { return nil }
        self.init(validating: data, as: UTF8.self)
    }
}
