package import KubeModel

/// Other places for images: a prefix of their names for a prefix. Tag and digest stay. Pure.
package struct ImageRewrites: Sendable, Equatable {
    /// The new prefix by the old one, which begins with a registry ("docker.io", "registry.example:5000/team").
    package var prefixes: [String: String]

    package init(_ prefixes: [String: String] = [:]) {
        self.prefixes = prefixes
    }

    /// The image under the longest prefix that fits; the very same text where none does.
    ///
    /// A short name is looked up as what container runtimes take it for: "nginx" is docker.io/library/nginx
    /// (distribution/reference `ParseNormalizedNamed`).
    package func rewrite(_ image: String) -> String {
        guard !prefixes.isEmpty else { return image }
        let full = Self.qualified(image)
        let fitting = prefixes.filter { Self.fits($0.key, full) }
        guard let best = fitting.max(by: { $0.key.utf8.count < $1.key.utf8.count }) else { return image }
        return best.value + String(decoding: full.utf8.dropFirst(best.key.utf8.count), as: UTF8.self)
    }

    /// Rewrites the images of all containers and image volumes of a pod's spec.
    package func apply(to spec: inout JSON) {
        guard !prefixes.isEmpty else { return }
        for field in DelegatePod.containerFields {
            spec.changeElements(of: field) { rewrite("image", of: &$0) }
        }
        spec.changeElements(of: "volumes") { volume in
            guard var source = volume["image"] else { return }
            rewrite("reference", of: &source)
            volume["image"] = source
        }
    }

    private func rewrite(_ field: String, of object: inout JSON) {
        guard let image = object[field]?.string else { return }
        object[field] = .string(rewrite(image))
    }

    /// Whether a name begins with a registry.
    package static func namesRegistry(_ text: String) -> Bool {
        let first = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        return first == "localhost" || first.contains(".") || first.contains(":")
    }

    /// The name with its registry.
    private static func qualified(_ image: String) -> String {
        guard image.contains("/") else { return "docker.io/library/\(image)" }
        return namesRegistry(image) ? image : "docker.io/\(image)"
    }

    /// A prefix ends where a part of the name does; a registry without a port is not the same with one.
    private static func fits(_ prefix: String, _ image: String) -> Bool {
        guard image.utf8.starts(with: prefix.utf8) else { return false }
        guard let next = image.utf8.dropFirst(prefix.utf8.count).first, prefix.utf8.last != UInt8(ascii: "/") else {
            return true
        }
        if next == UInt8(ascii: "/") { return true }
        return prefix.contains("/") && (next == UInt8(ascii: ":") || next == UInt8(ascii: "@"))
    }
}

extension JSON {
    /// Changes each element of an array that is a member of this object; absent ones stay absent.
    mutating func changeElements(of field: String, _ change: (inout JSON) -> Void) {
        guard var elements = self[field]?.array else { return }
        for index in elements.indices { change(&elements[index]) }
        self[field] = .array(elements)
    }
}
