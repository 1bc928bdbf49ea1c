internal import KubeClient
internal import Providers

/// What a cluster's entry says of what is told in the origin.
extension ClusterConfiguration {
    static func annotationFilter(
        _ node: YAMLNode,
        at field: String,
        reader: inout ConfigurationReader
    ) -> AnnotationFilter {
        var patterns: [String] = []
        for (index, element) in reader.elements(of: node, at: field).enumerated() {
            let place = "\(field)[\(index)]"
            guard let pattern = reader.string(element, at: place) else { continue }
            if let problem = problem(of: pattern) { reader.report(element, place, problem) }
            patterns.append(pattern)
        }
        return AnnotationFilter(patterns)
    }

    private static func problem(of pattern: String) -> String? {
        guard pattern.hasSuffix("*") else { return NameSyntax.othersKey(pattern) }
        if let problem = NameSyntax.reservedKey(pattern) { return problem }
        return pattern.contains("/")
            ? nil : "must name the part before the slash: \"example.com/*\", so that not all annotations come"
    }
}
