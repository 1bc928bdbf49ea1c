package import KubeModel

/// Reads YAML as kubectl and client-go do (`sigs.k8s.io/yaml`, which is YAML 1.1 turned into JSON).
package enum YAMLDocument {
    /// The one document of a text, with the place of each node; a null scalar if there is none.
    ///
    /// A second document is refused rather than left unread.
    ///
    /// - Parameter file: The name of the text in errors.
    package static func parse(
        _ text: String,
        file: String? = nil,
        limits: YAMLLimits = YAMLLimits()
    ) throws(YAMLError) -> YAMLNode {
        var composer = try YAMLComposer(text, file: file, limits: limits)
        return try composer.document()
    }

    /// The one document of a text as JSON.
    package static func json(
        _ text: String,
        file: String? = nil,
        limits: YAMLLimits = YAMLLimits()
    ) throws(YAMLError) -> JSON {
        try parse(text, file: file, limits: limits).json
    }
}
