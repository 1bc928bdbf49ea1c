/// Whom to act as (client-go transport, `ImpersonationConfig`).
struct Impersonation: Sendable, Hashable {
    struct Extra: Sendable, Hashable {
        let key: String
        let values: [String]
    }

    var user: String?
    var uid: String?
    var groups: [String] = []
    var extra: [Extra] = []

    /// Whether something is asked that makes no sense without a user.
    var lacksUser: Bool {
        user == nil && (uid != nil || !groups.isEmpty || !extra.isEmpty)
    }

    /// Whether a value would break out of its header.
    var hasControlCharacters: Bool {
        headers.contains { $0.value.hasControlCharacters }
    }

    var headers: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if let user { headers.append(("Impersonate-User", user)) }
        if let uid { headers.append(("Impersonate-Uid", uid)) }
        for group in groups { headers.append(("Impersonate-Group", group)) }
        for extra in extra {
            let name = "Impersonate-Extra-" + Self.escape(extra.key)
            for value in extra.values { headers.append((name, value)) }
        }
        return headers
    }

    /// What may not stand in the name of a header (RFC 9110, `token`) and "%" itself are percent-encoded.
    private static func escape(_ key: String) -> String {
        let marks = Set("!#$&'*+-.^_`|~".utf8)
        let hex = Array("0123456789ABCDEF".utf8)
        var escaped: [UInt8] = []
        for byte in key.utf8 {
            let character = Unicode.Scalar(byte)
            if marks.contains(byte) || character.isASCII && character.properties.isAlphabetic
                || ("0"..."9").contains(character)
            {
                escaped.append(byte)
            } else {
                escaped += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}

extension String {
    /// Whether it holds something that must not stand in a header, such as a line break.
    var hasControlCharacters: Bool {
        utf8.contains { $0 < 0x20 || $0 == 0x7F }
    }
}
