/// One step through a YAML text, as libyaml tells it.
struct YAMLEvent {
    enum Kind {
        case streamStart
        case streamEnd
        case documentStart
        case documentEnd
        case alias(String)
        case scalar(Scalar)
        case sequenceStart(Properties)
        case sequenceEnd
        case mappingStart(Properties)
        case mappingEnd
    }

    /// What may stand before a node: an anchor and a tag, in its long form.
    struct Properties {
        let anchor: String?
        let tag: String?
    }

    struct Scalar {
        let text: String
        let properties: Properties
        /// Written without quotes, so that its spelling tells its type.
        let isPlain: Bool
    }

    let kind: Kind
    let mark: YAMLMark
}
