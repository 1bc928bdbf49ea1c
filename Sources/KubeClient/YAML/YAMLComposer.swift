/// Makes the node tree of one document out of events: aliases, merge keys, tags, and the limits on all of them.
struct YAMLComposer: ~Copyable {
    private struct Anchored {
        let node: YAMLNode
        let weight: Int
    }

    private let file: String?
    private let limits: YAMLLimits
    private var events: YAMLEventReader
    private var anchors: [String: Anchored] = [:]
    private var openAnchors: Set<String> = []
    /// The nodes so far, with what aliases stand for counted each time.
    private var weight = 0

    init(_ text: String, file: String?, limits: YAMLLimits) throws(YAMLError) {
        self.file = file
        self.limits = limits
        guard text.utf8.count <= limits.bytes else {
            throw YAMLError(file: file, line: nil, column: nil, message: "it is longer than \(limits.bytes) bytes")
        }
        events = try YAMLEventReader(text, file: file)
    }

    /// The document; a null scalar if there is none.
    mutating func document() throws(YAMLError) -> YAMLNode {
        var root: YAMLNode?
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamStart, .documentEnd: continue
            case .streamEnd: return root ?? Self.null
            case .documentStart:
                anchors = [:]
                let node = try node(try events.next(), depth: 0)
                guard root == nil || node.isNull else {
                    throw error("only one document is read, and here begins another", at: event.mark)
                }
                root = root ?? node
            default: throw error("a document is expected", at: event.mark)
            }
        }
    }

    private static var null: YAMLNode {
        YAMLNode(content: .scalar(.nothing), mark: .start)
    }

    private func error(_ message: String, at mark: YAMLMark) -> YAMLError {
        YAMLError(file: file, line: mark.line, column: mark.column, message: message)
    }
}

// MARK: - Nodes

extension YAMLComposer {
    private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLError) -> YAMLNode {
        switch event.kind {
        case .alias(let name):
            return try alias(name, at: event.mark)
        case .scalar(let scalar):
            return try anchored(scalar.properties, at: event.mark) { composer throws(YAMLError) in
                .scalar(try composer.scalar(scalar, at: event.mark))
            }
        case .sequenceStart(let properties):
            try check(properties.tag, is: YAMLScalar.Tag.sequence, depth: depth, at: event.mark)
            return try anchored(properties, at: event.mark) { composer throws(YAMLError) in
                .sequence(try composer.elements(depth: depth + 1))
            }
        case .mappingStart(let properties):
            try check(properties.tag, is: YAMLScalar.Tag.mapping, depth: depth, at: event.mark)
            return try anchored(properties, at: event.mark) { composer throws(YAMLError) in
                .mapping(try composer.pairs(depth: depth + 1))
            }
        default:
            throw error("a value is expected", at: event.mark)
        }
    }

    /// Makes a node and remembers it if it has an anchor.
    private mutating func anchored(
        _ properties: YAMLEvent.Properties,
        at mark: YAMLMark,
        _ make: (inout YAMLComposer) throws(YAMLError) -> YAMLNode.Content
    ) throws(YAMLError) -> YAMLNode {
        let before = weight
        try add(1, at: mark)
        if let anchor = properties.anchor { openAnchors.insert(anchor) }
        let node = YAMLNode(content: try make(&self), mark: mark)
        if let anchor = properties.anchor {
            openAnchors.remove(anchor)
            anchors[anchor] = Anchored(node: node, weight: weight - before)
        }
        return node
    }

    /// What the alias stands for, in the place of the alias.
    private mutating func alias(_ name: String, at mark: YAMLMark) throws(YAMLError) -> YAMLNode {
        guard !openAnchors.contains(name) else { throw error("the anchor \(name) contains itself", at: mark) }
        guard let anchored = anchors[name] else { throw error("there is no anchor \(name) before this", at: mark) }
        try add(anchored.weight, at: mark)
        return YAMLNode(content: anchored.node.content, mark: mark)
    }

    private func scalar(_ scalar: YAMLEvent.Scalar, at mark: YAMLMark) throws(YAMLError) -> YAMLScalar {
        do {
            if let tag = scalar.properties.tag { return try YAMLScalar(scalar.text, tag: tag) }
            return try YAMLScalar(scalar.text, isPlain: scalar.isPlain)
        } catch let problem {
            throw error(problem.message, at: mark)
        }
    }

    private mutating func elements(depth: Int) throws(YAMLError) -> [YAMLNode] {
        var elements: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { return elements }
            elements.append(try node(event, depth: depth))
        }
    }

    private mutating func add(_ nodes: Int, at mark: YAMLMark) throws(YAMLError) {
        weight += nodes
        guard weight <= limits.nodes else {
            throw error("there are more than \(limits.nodes) values, aliases counted in full", at: mark)
        }
    }

    private func check(_ tag: String?, is known: String, depth: Int, at mark: YAMLMark) throws(YAMLError) {
        guard depth < limits.depth else { throw error("it is nested deeper than \(limits.depth) levels", at: mark) }
        guard let tag, tag != known else { return }
        throw error("the tag \(YAMLScalar.Tag.short(tag)) is not known here", at: mark)
    }
}

// MARK: - Mappings

extension YAMLComposer {
    /// The pairs of a mapping up to its end, merge keys resolved: what stands in the mapping itself goes before what is
    /// merged, and of several merged mappings the first counts (yaml.org/type/merge.html).
    private mutating func pairs(depth: Int) throws(YAMLError) -> [YAMLNode.Pair] {
        var pairs: [YAMLNode.Pair] = []
        var merged: [YAMLNode.Pair] = []
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { break }
            let key = try key(event, depth: depth)
            let value = try node(try events.next(), depth: depth)
            if event.isMergeKey {
                merged += try mergedPairs(value)
            } else {
                pairs.append((key, value))
            }
        }
        guard !merged.isEmpty else { return pairs }
        var known = Set(pairs.map(\.key.memberName))
        return pairs + merged.filter { known.insert($0.key.memberName).inserted }
    }

    private mutating func key(_ event: YAMLEvent, depth: Int) throws(YAMLError) -> YAMLNode {
        let key = try node(event, depth: depth)
        guard key.kind == .scalar, !key.isNull else {
            throw error("a key must be a single value, not a list, a mapping or null", at: event.mark)
        }
        return key
    }

    private func mergedPairs(_ value: YAMLNode) throws(YAMLError) -> [YAMLNode.Pair] {
        if let pairs = value.mapping { return pairs }
        var merged: [YAMLNode.Pair] = []
        for element in value.sequence ?? [value] {
            guard let pairs = element.mapping else { throw error("only mappings can be merged", at: element.mark) }
            merged += pairs
        }
        return merged
    }
}

extension YAMLEvent {
    fileprivate var isMergeKey: Bool {
        guard case .scalar(let scalar) = kind else { return false }
        return scalar.text == "<<" && scalar.isPlain
    }
}
